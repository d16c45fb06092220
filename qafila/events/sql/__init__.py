"""SQL of this room. ``EMIT`` is for async code, which writes an event in its own transaction.

Parameters of ``EMIT``: ``kind`` (of ``events.kinds``), ``business_id``, ``subject_kind``, ``subject_id``, ``data`` (JSON text or
``Jsonb``), ``now``. Of ``EMIT_LATER`` also ``due_at``: its handlers run no sooner.
"""

from qafila.kit.statements import statement

EMIT = statement("qafila.events", "emit")
EMIT_LATER = statement("qafila.events", "emit_later")

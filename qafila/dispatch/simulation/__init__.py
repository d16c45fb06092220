"""A month of sending in seconds: real pacing rules, a virtual clock, and a written-down model of everybody else.

The rules (``dispatch/rules``) are the engine's own. What people, WhatsApp and Meta do is a **model**: numbers with a source
where one was published, marked as assumed where none was. A model is not WhatsApp; ``docs/simulation.md`` says what follows.

``model.py`` all parameters · ``people.py``, ``whatsapp.py``, ``meta.py`` who reacts and how · ``work.py`` the messages and
their queue · ``run.py`` the clock and the books, ``phone_run.py``, ``official_run.py`` the two kinds of number ·
``policies.py`` what is compared · ``sweep.py`` many runs and where ours loses.
"""

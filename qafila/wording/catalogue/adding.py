"""Why a contract takes no more rows."""

from qafila.wording.entries import Entry, _, counted

_ANOTHER = _("Make a new contract for these rows.")

ENTRIES: dict[str, Entry] = {
    "contract_archived": Entry(
        _("The contract is in the archive."),
        "",
        _("Take it out of the archive first, or make a new contract."),
    ),
    "contract_takes_no_rows": Entry(
        _("The contract is too old to take more rows."),
        counted(
            "Rows can be added for {days} day after it was made.",
            "Rows can be added for {days} days after it was made.",
            "days",
        ),
        _ANOTHER,
    ),
    "rows_other_content": Entry(
        _("These rows do not fit what the contract sends."),
        _("All its messages go out in one way: as texts, or through one template."),
        _("Choose what the contract sends, or make a new contract."),
    ),
}

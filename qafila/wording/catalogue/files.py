"""Files that cannot be read as a whole."""

from qafila.wording.entries import Entry, _, counted

_SAVE_AS_CSV = _("Save the table as CSV (UTF-8) and upload it again.")
_SPLIT = _("Split it into several parts.")

ENTRIES: dict[str, Entry] = {
    "file_unreadable": Entry(
        _("The file cannot be read."), _("It is no table, or it is damaged."), _SAVE_AS_CSV
    ),
    "file_empty": Entry(_("The file is empty."), "", _("Choose another file.")),
    "file_too_large": Entry(_("The file is too large."), _("At most {limit} are accepted."), _SPLIT),
    "too_many_rows": Entry(
        _("There are too many rows."),
        counted("At most {limit} row is accepted.", "At most {limit} rows are accepted.", "limit"),
        _SPLIT,
    ),
    "too_many_columns": Entry(
        _("The file has too many columns."),
        counted("At most {limit} column is accepted.", "At most {limit} columns are accepted.", "limit"),
        _("Check that the right separator is used, or remove columns."),
    ),
    "file_unsafe": Entry(
        _("The file is not read, because it could do harm."),
        _("It is built in a way that no spreadsheet program builds one."),
        _SAVE_AS_CSV,
    ),
    "file_encrypted": Entry(
        _("The file is protected by a password."), "", _("Save it without a password and upload it again.")
    ),
    "file_old_format": Entry(
        _("The file has an old Excel format."),
        _("Files that end in `.xls` are not read."),
        _("Open it in your spreadsheet program, save it as `.xlsx` and upload it again."),
    ),
    "sheet_not_found": Entry(
        _("The file has no sheet {sheet}."), "", _("Choose one of the sheets that the file has.")
    ),
    "file_has_no_phone_column": Entry(
        _("No column with phone numbers was found in the file."),
        _("The first row has no heading such as `phone`."),
        _("Name the column `phone`, or choose it by hand."),
    ),
    "column_not_found": Entry(
        _("The file has no column {column}."), "", _("Choose one of the columns that the file has.")
    ),
}

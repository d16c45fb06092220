"""Rows that are not taken, and rows that are taken with a warning."""

from qafila.wording.entries import Entry, _, counted

_WRITE_INTERNATIONAL = _("Write the number in international form, for example `+79991234567`.")
_CHECK_NUMBER = _("Check the number with the person it belongs to.")
_FORMAT_AS_TEXT = _(
    "In the spreadsheet, set the column to the format Text, enter the numbers again and save."
)
_PUT_ROW_RIGHT = _("Put this row right and upload it again.")
_SHORTEN = _("Shorten the text.")

ENTRIES: dict[str, Entry] = {
    "phone.empty": Entry(_("There is no phone number."), "", _("Add the number, or remove the row.")),
    "phone.not_a_number": Entry(_("This is not a phone number."), "", _WRITE_INTERNATIONAL),
    "phone.has_letters": Entry(
        _("The phone number has letters in it."), "", _("Keep only the digits, with `+` in front.")
    ),
    "phone.has_extension": Entry(
        _("The phone number has an extension."),
        _("WhatsApp cannot reach an extension behind a switchboard."),
        _("Use the person's own number."),
    ),
    "phone.several_numbers": Entry(
        _("There is more than one phone number in the cell."),
        "",
        _("Keep one number, or make a row for each."),
    ),
    "phone.spreadsheet_damage": Entry(
        _("A spreadsheet has damaged this phone number."),
        _("It was turned into a figure such as `9.72E+11`, and digits were lost."),
        _FORMAT_AS_TEXT,
    ),
    "phone.too_short": Entry(
        _("The phone number is too short."), _("Digits are missing."), _WRITE_INTERNATIONAL
    ),
    "phone.too_long": Entry(
        _("The phone number is too long."), _("It has too many digits."), _WRITE_INTERNATIONAL
    ),
    "phone.unknown_country_code": Entry(
        _("No country has a code like the one this number begins with."), "", _WRITE_INTERNATIONAL
    ),
    "phone.country_missing": Entry(
        _("It is not clear to which country this number belongs."),
        _("It is written without a country code, and no default country is set."),
        _("Set the default country, or write the number with its country code."),
    ),
    "phone.invalid_number": Entry(
        _("There is no such phone number."),
        _("Its length or its first digits do not exist in that country."),
        _CHECK_NUMBER,
    ),
    "phone.possible_only": Entry(
        _("This phone number is probably not in use."),
        _("Its length is right, but the country has not given out numbers that begin like this."),
        _CHECK_NUMBER,
    ),
    "duplicate_row": Entry(
        _("This text to this number is in the list already."),
        _("It stands in row {row} as well, and is sent once."),
        "",
    ),
    "same_number_other_text": Entry(
        _("This number gets more than one text."),
        _("Another text for it stands in row {row}; both are sent."),
        _("If only one is meant, remove the other row."),
    ),
    "line_breaks_flattened": Entry(
        counted(
            "{count} text will arrive on one line.",
            "{count} texts will arrive on one line each.",
        ),
        _(
            "A template carries them, and WhatsApp takes no line breaks, tabs or wide gaps in its variable: each becomes a space."
        ),
        _("If the lines matter, write the texts for one line, or choose a template whose own text has them."),
    ),
    "message_empty": Entry(_("The message is empty."), "", _("Write a text, or remove the row.")),
    "message_too_long": Entry(
        _("The message is too long."),
        counted("It may have {limit} character.", "It may have at most {limit} characters.", "limit"),
        _SHORTEN,
    ),
    "ragged_row": Entry(
        counted("The row has {found} cell.", "The row has {found} cells.", "found"),
        counted("The table has {expected} column.", "The table has {expected} columns.", "expected"),
        _PUT_ROW_RIGHT,
    ),
    "cell_too_long": Entry(
        _("A cell of this row is too long."), _("It stands in column {column}."), _SHORTEN
    ),
    "hidden_row": Entry(
        _("The row is hidden in the spreadsheet."),
        _("Hidden rows are not sent, because whoever hid them may not want them to be."),
        _("If it is meant, show the row, save and upload the file again."),
    ),
    "row_too_long": Entry(_("The row is too long to be read."), "", _PUT_ROW_RIGHT),
    "nul_byte": Entry(
        _("The row has an invisible character that no text may have."),
        _("It stands in column {column}."),
        _PUT_ROW_RIGHT,
    ),
    "bad_encoding": Entry(
        _("Some letters of this row cannot be read."),
        _("The file mixes several encodings, or the wrong one was chosen."),
        _("Save the table as CSV (UTF-8) and upload it again."),
    ),
    "bad_quotes": Entry(
        counted(
            "The quotation marks do not match up, and {lines} line could not be read.",
            "The quotation marks do not match up, and {lines} lines could not be read.",
            "lines",
        ),
        "",
        _("Check the quotation marks from this row on, then upload the file again."),
    ),
}

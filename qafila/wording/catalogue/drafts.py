"""What stands in the way of a contract that is being made on the pages."""

from qafila.wording.entries import Entry, _, counted

_PUT_TEXT_RIGHT = _("Change the text.")

ENTRIES: dict[str, Entry] = {
    "no_message_column": Entry(
        _("No column with messages is chosen."),
        _("Each row is to have a message of its own."),
        _("Choose the column, or write one text for everybody."),
    ),
    "text_empty": Entry(_("There is no text yet."), "", _("Write what everybody shall get.")),
    "text_too_long": Entry(
        _("The text is too long."),
        counted("It may have {limit} character.", "It may have at most {limit} characters.", "limit"),
        _("Shorten the text."),
    ),
    "field_braces": Entry(
        _("The curly brackets at {field} do not make a field."),
        _("A field looks like `{{name|friend}}`: a column, and what stands in for an empty cell."),
        _PUT_TEXT_RIGHT,
    ),
    "field_unknown": Entry(
        _("The file has no column {field}."),
        _("The text names it as a field."),
        _("Use the name of a column of the file."),
    ),
    "field_missing": Entry(
        _("The cell {field} is empty."),
        _("The text needs it, and no word is given for the case that it is empty."),
        _("Fill the cell, or give the field a default such as `{{name|friend}}`."),
    ),
    "sheet_error": Entry(
        _("The cell holds the spreadsheet's complaint {value}."),
        _("A formula of the spreadsheet has no result."),
        _("Put the formula right, or write the value itself."),
    ),
    "repeated_row": Entry(
        _("This row repeats an earlier one and is not sent again."),
        "",
        _("If it is meant, choose another rule for repeated rows."),
    ),
    "variable_empty": Entry(
        _("Variable {variable} of the template is empty."), "", _("Write a text or a field for it.")
    ),
    "template_missing": Entry(
        _("No template is chosen."),
        _("The one that was chosen is not there any more, or belongs to another number."),
        _("Choose a template."),
    ),
    "template_needs_more": Entry(
        _("This template cannot be filled from a file."),
        _("It has a place, products, a form, a one-time code or several cards."),
        _("Choose another template."),
    ),
    "template_part_empty": Entry(
        _("A part of the template outside its text is empty."),
        _("Its heading, its file or one of its buttons asks for a value."),
        _("Write a text, or the name of a column, for each of them."),
    ),
    "template_part_too_long": Entry(
        _("A value is too long for the template."),
        counted("It may have {limit} character.", "It may have at most {limit} characters.", "limit"),
        _("Shorten it."),
    ),
    "template_link_bad": Entry(
        _("An address for the template cannot be used."),
        _("The address of a file begins with https:// and has no blanks."),
        _("Put the address right."),
    ),
    "template_components_bad": Entry(
        _("The template's components cannot be used."),
        _("{why}"),
        _("Look up the shape of `components` in the guide, and send them again."),
    ),
    "draft_no_sender": Entry(
        _("No number is chosen to send from."), "", _("Choose a number that can send, or connect one.")
    ),
    "draft_not_checked": Entry(
        _("The rows are not checked yet."), "", _("Wait for the check to finish, then try again.")
    ),
    "audience_empty": Entry(
        _("Nobody would get this message."),
        _("No row of the file can be sent."),
        _("Look at the rejected rows and put them right."),
    ),
    "audience_out_of_reach": Entry(
        _("Nobody can be reached with this message now."),
        _(
            "All of them asked for no more messages, or have not written to this number in the last 24 hours and can only "
            "get a template."
        ),
        _("Choose an approved template, or another number."),
    ),
    "too_many_mended": Entry(
        _("Too many rows are put right by hand."),
        counted("At most {limit} row can be.", "At most {limit} rows can be.", "limit"),
        _("Download the rejected rows, put them right in the spreadsheet and upload that file."),
    ),
    "too_late_to_undo": Entry(
        _("It is too late to take the start back."), _("The contract has begun."), _("Pause the contract.")
    ),
    "test_numbers_missing": Entry(
        _("No number is chosen for the test."), "", _("Save a number of your own and choose it.")
    ),
    "too_many_test_numbers": Entry(
        _("There are enough numbers for tests."),
        counted("At most {limit} number is kept.", "At most {limit} numbers are kept.", "limit"),
        _("Remove one first."),
    ),
}

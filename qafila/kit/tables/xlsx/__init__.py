"""XLSX, read as a stream from a file that nobody trusts: the archive is judged first, then XML is parsed in small pieces.

Memory does not grow with the file: rows are given as they pass, and texts that a sheet shares lie in a temporary file once
they are many. Nothing but the workbook, its styles, its texts and one sheet is ever opened: macros, links to other
files, pictures and embedded files stay where they are.
"""

"""Media: what was uploaded or sent by people, its addresses, and large files in parts."""

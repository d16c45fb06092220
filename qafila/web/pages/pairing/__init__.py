"""Linking the phone of a number: QR code or code, for who is signed in and, by a copied link, for who holds the phone."""

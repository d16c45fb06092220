"""The Graph API: reading requests, checking them in the order Meta does, and answering."""

"""What exists at "Meta": portfolios, accounts, numbers, tokens and templates."""

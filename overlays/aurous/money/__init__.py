"""What calls cost: the rows of a ledger, and a budget that is held."""

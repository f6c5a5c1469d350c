"""What the ledger of kursk-2024 says without a model: strikes and what followed, a second coding."""

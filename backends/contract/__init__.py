"""The words that front ends and workers share: frozen, typed values; standard library and msgspec only."""

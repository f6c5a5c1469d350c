"""The graph of one step: built, evaluated, differentiated; knows no backend."""

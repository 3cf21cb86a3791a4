"""Words: names, plurals, synonyms and measures, and which of them no SAR text may hold."""

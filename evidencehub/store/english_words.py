"""Which words are English, by the dictionary that comes with symspellpy."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

DICTIONARY_FILE = "frequency_dictionary_en_82_765.txt"  # a word and how often it is used, on a line


def is_english_word(word: str) -> bool:
    """Return whether a folded word is one of English, as it is spelt in Britain.

    >>> [is_english_word(word) for word in ("heart", "hearts", "helth")]
    [True, True, False]
    """
    return word in _load_english_words()


@lru_cache(maxsize=1)
def _load_english_words() -> frozenset[str]:
    """Return the words of the file: symspellpy would take four times as long to index them."""
    import symspellpy  # a megabyte of words that only a search needs

    text = resources.files(symspellpy).joinpath(DICTIONARY_FILE).read_text("utf-8-sig")
    return frozenset(line.partition(" ")[0] for line in text.splitlines())

"""The rules of PTB tokens as Stanford's PTBTokenizer (CoreNLP 3.4.1) keeps them: what a token is and how it is written.

They were found by asking that program about strings of our own. What it takes for a letter, a digit, a mark or a symbol
stands in ``ptb_characters.txt``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

Written = Callable[[str], str]
"""Turns what stands in the text into the token that is written."""

SOFT_HYPHEN = "\xad"
BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
QUOTES = {
    **dict.fromkeys("\u2018\u201b\u2039\x91", "`"),
    **dict.fromkeys("\u2019\u203a\x92", "'"),
    **dict.fromkeys("\u201c\xab\x93", "``"),
    **dict.fromkeys("\u201d\xbb\x94", "''"),
}
FRACTIONS = {"\xbc": "1/4", "\xbd": "1/2", "\xbe": "3/4", "\u2153": "1/3", "\u2154": "2/3"}
CURRENCIES = {"\xa2": "cents", "\xa3": "#", **dict.fromkeys("\xa4\x80\u20a0\u20ac", "$")}
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "''", "&apos;": "'", "&nbsp;": ""}

CLOSING_ABBREVIATIONS = (
    "al ala apr ariz assn aug bancorp bhd bldg blvd bros calif co colo conn corp cos ct dak dec ed.d esq est etc "
    "ext feb fla fri ga inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo mon mont neb nev nov oct "
    "okla penn ph.d plc rd rt sep sept seq sq sr sys tel tenn thu thurs tue tues univ va vt wed wis wisc wyo"
)
"""Abbreviations after which a sentence may end."""
STATES = "ark az del ill la mass miss ore pa tex wash"
"""Abbreviations with a capital only; without one they are words."""
OTHER_ABBREVIATIONS = (
    "adj adm adv alex assoc asst atty attys ave brig capt cf cie cmdr col comdr cpl dept det dr drs elec ens ft "
    "gen gov govs hon insp invt jos lieut lt maj messrs mlle mme mr mrs ms msgr mt natl pfc ph pres prof profs "
    "pvt rep reps rev sen sens sfc sgt spc st ste supt supts vs wm"
)
BEFORE_A_NUMBER = "art ca fig figs no nos op pp prop"
"""Abbreviations before a number only, such as "no. 5"."""
SENTENCE_BEGINNINGS = (
    "a about according additionally after an as at but earlier he her here however if in it last many more mr. "
    "ms. now once one other our she since so some such that the their then there these they this we what when "
    "while yet you"
)
FILE_ENDINGS = (
    "3gp avi bat bmp bz2 c cgi class cpp dll doc docx exe flv gif gz h htm html jar java jpeg jpg mov mp3 mp4 mpg "
    "pdf php pl png ppt ps py sql tar txt wav wma wmv x xml zip"
)


@dataclass(frozen=True)
class Characters:
    """Parts of regular expressions: which characters are of a kind, for between ``[`` and ``]``."""

    letters: str
    digits: str
    marks: str
    symbols: str


@cache
def characters() -> Characters:
    """Return the kinds of characters of the file that lies beside this one."""
    lines = files(__package__).joinpath("ptb_characters.txt").read_text(encoding="ascii").splitlines()
    kinds = dict(line.split(": ") for line in lines if not line.startswith("#"))
    return Characters(**{kind: _ranges(told) for kind, told in kinds.items()})


def _ranges(told: str) -> str:
    """Return hexadecimal ranges, such as ``41-5a 5f``, as a regular expression has them."""
    ends = [[f"\\u{int(end, 16):04x}" for end in part.split("-")] for part in told.split()]
    return "".join("-".join(pair) for pair in ends)


def one_of(words: str) -> str:
    """Return what matches one of some words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True)) + ")"


def capitalised(words: str) -> str:
    """Return what matches one of some words that begins with a capital."""
    return "(?:" + "|".join(f"{word[0].upper()}(?i:{re.escape(word[1:])})" for word in words.split()) + ")"


class Rule(NamedTuple):
    """What a token may be. The one that reaches farthest, ``pattern`` with what must follow, wins; of equals the first.

    pattern: group 1 is the token; what must follow it comes after. written: how it is told.
    """

    pattern: re.Pattern[str]
    written: Written


def _as_it_stands(text: str) -> str:
    return text


def _without_soft_hyphens(text: str) -> str:
    return text.replace(SOFT_HYPHEN, "")


def _without_odd_hyphens(text: str) -> str:
    return re.sub("[\xad\u058a\u2010\u2011]", "", text)


def _with_kept_blanks(text: str) -> str:
    return text.replace(" ", "\xa0")


def _with_brackets(text: str) -> str:
    return _with_kept_blanks(text.replace("(", "-lrb-").replace(")", "-rrb-"))


def _with_plain_quotes(text: str) -> str:
    return "".join(QUOTES.get(character, character) for character in text.replace("&apos;", "'"))


def _with_ampersand(text: str) -> str:
    return text.replace("&amp;", "&")


def _nothing(text: str) -> str:
    return ""


def _mapped(names: dict[str, str]) -> Written:
    return lambda text: names.get(text, text)


class _Pieces:
    """What rules are put together from, as regular expressions."""

    def __init__(self, kinds: Characters) -> None:
        letters, digits = kinds.letters, kinds.digits
        self.blank = "[ \t\xa0\u2000-\u200a\u3000]"
        self.line_or_blank = f"(?:{self.blank}|[\n\r\x0b\x0c\x85\u2028\u2029])"
        self.digit = f"[{digits}]"
        self.letter = f"[{letters}]"
        self.letter_or_digit = f"[{letters}{digits}]"
        word = f"[{letters}{kinds.marks}\xad]"
        self.word_character = f"[{letters}{kinds.marks}\xad{digits}]"
        self.word = f"{word}{self.word_character}*(?:[.!?]{word}{self.word_character}*)*"
        self.hashtag = f"#{word}+"
        self.apostrophe = "(?:['\x92\u2019]|&apos;)"
        self.quote = "(?:['`\x92\u2019\x91\u2018\u201b]|&apos;)"
        self.ending = f"{self.apostrophe}(?:[msdMSD]|[rR]e|[vV]e|[lL]l|RE|VE|LL)"
        self.negation = f"[nN]{self.quote}[tT]"
        self.number = f"(?:{self.digit}*(?:[.:,\xad\u066b\u066c]{self.digit}+)+|{self.digit}+)"
        prefixed = f"(?:[dDoOlL]{self.quote}{self.letter_or_digit})?{self.letter_or_digit}+"
        self.thing = f"{prefixed}(?:[-_\u058a\u2010\u2011]{prefixed})*"
        self.joined = "[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+"
        self.slashed = r"[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}"
        self.hyphened = "[A-Za-z0-9][A-Za-z0-9.,\xad]*(?:-(?:[A-Za-z](?:\\.[A-Za-z])+\\.|[A-Za-z0-9\xad]+))+"
        self.tag = (
            r"<(?:[!?][A-Za-z\-][^>\r\n]*|/?[A-Za-z][A-Za-z0-9_:.\-]*(?:[ ]+(?:[A-Za-z][A-Za-z0-9_:.\-]*[ ]*=[ ]*"
            r"['\"][^\r\n'\"]*['\"]|[A-Za-z][A-Za-z0-9_:.\-]*|['\"][^\r\n'\"]*['\"])|[ ]+)*[ ]*/?)>"
        )


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules, in the order in which they win."""
    kinds = characters()
    pieces = _Pieces(kinds)
    made = [*_of_words(pieces), *_of_apostrophes(pieces), *_of_addresses(pieces)]
    made += [*_of_abbreviations(pieces), *_of_numbers(pieces), *_of_things(pieces), *_of_signs(pieces, kinds.symbols)]
    return tuple(made)


def _rule(token: str, written: Written = _as_it_stands, then: str = "") -> Rule:
    return Rule(re.compile(f"({token}){then}"), written)


def _of_words(pieces: _Pieces) -> list[Rule]:
    return [
        _rule(pieces.tag, _with_kept_blanks),
        _rule("&(?:MD|mdash|ndash);|[\x96\x97\u2013\u2014\u2015]", _nothing),
        _rule("&(?:amp|lt|gt|quot|apos|nbsp);", _mapped(ENTITIES)),
        _rule("&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);"),
        _rule("&[aeiouAEIOU](?:acute|grave|uml);"),
        _rule("(?i:can)", then="(?i:not)(?![A-Za-z])"),
        _rule("(?i:gon|wan)", then="(?i:na)(?![A-Za-z])"),
        _rule("(?i:got)", then="(?i:ta)(?![A-Za-z])"),
        _rule("(?i:lem|gim)", then="(?i:me)(?![A-Za-z])"),
        _rule("'[tT]", then="(?i:is|was)"),
        _rule("[Mm]ore", then="'n"),
        _rule(pieces.word, _without_soft_hyphens),
        _rule(pieces.word, _without_soft_hyphens, then=pieces.ending),
        _rule("[A-Za-z\xad]*[A-MO-Za-mo-z]\xad*", _without_soft_hyphens, then=pieces.negation),
    ]


def _of_apostrophes(pieces: _Pieces) -> list[Rule]:
    apostrophe, quote, letter = pieces.apostrophe, pieces.quote, pieces.letter
    return [
        _rule(pieces.negation, _with_plain_quotes),
        _rule(f"{apostrophe}[nN]{apostrophe}?|[lLdDjJ]{apostrophe}|(?i:dunkin|somethin|ol){apostrophe}"),
        _rule(f"[yY]{apostrophe}", then=letter),
        _rule(f"{apostrophe}(?:(?i:em|till?|cause)|[2-9]0[sS])|(?i:c{apostrophe}est|cap{apostrophe}n)"),
        _rule("(?i:nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l|cont'd\\.?)"),
        _rule(f"O{quote}o|[A-HJ-XZn]{quote}{letter}{{2,}}"),
        _rule(f"{letter}+[aeiouyAEIOUY]{quote}[aeiouA-Z]{letter}*"),
        _rule(f"{apostrophe}{pieces.digit}{{2}}", then=pieces.line_or_blank),
        _rule(pieces.ending, _with_plain_quotes, then="[^A-Za-z]"),
        _rule("'", _nothing, then="[A-Za-z][^ \t\n\r\xa0]"),
        _rule(pieces.ending, _with_plain_quotes),
    ]


def _of_addresses(pieces: _Pieces) -> list[Rule]:
    last = '[^ \t\n\f\r"<>|.!?(){},\\-]'
    path = f'(?:/[^ \t\n\f\r"<>|()]+{last})?'
    inside = '[^ \t\n\f\r"<>|(){}.\xa0]+'
    return [
        _rule(f'(?i:https?)://[^ \t\n\f\r"<>|(){{}}]+{last}'),
        _rule(f'(?i:www)\\.(?:[^ \t\n\f\r"<>|.!?(){{}},]+\\.)+[a-zA-Z]{{2,4}}{path}'),
        # The range from the comma to the underscore, capitals and digits among it, is no misprint of ours.
        _rule(f"(?:[^ \t\n\f\r\"`'<>|.!?(){{}},-_$]+\\.)+(?:com|net|org|edu){path}"),
        _rule(f'(?:&lt;|<)?[a-zA-Z0-9][^ \t\n\f\r"<>|(){{}}\xa0]*@(?:{inside}\\.)*{inside}(?:&gt;|>)?'),
        _rule(f"{pieces.hashtag}|@[a-zA-Z_][a-zA-Z_0-9]*"),
    ]


def _of_numbers(pieces: _Pieces) -> list[Rule]:
    digit = pieces.digit
    groups = "(?:\\+\\+?)?(?:[0-9]{2,4}[- \xa0])?[0-9]{2,4}[- \xa0]"
    return [
        _rule(f"{digit}{{1,2}}[-/]{digit}{{1,2}}[-/]{digit}{{2,4}}"),
        _rule(f"[+-]?{pieces.number}", _without_soft_hyphens),
        _rule("[\u207a\u207b\u208a\u208b]?(?:[\u2070\xb9\xb2\xb3\u2074-\u2079]+|[\u2080-\u2089]+)"),
        _rule(f"(?:{digit}{{1,4}}[- \xa0])?{digit}{{1,4}}(?:\\\\?/|\u2044){digit}{{1,4}}", _with_kept_blanks),
        _rule("[\xbc\xbd\xbe\u2153-\u215e]", _mapped(FRACTIONS)),
        _rule(r"[A-Z]*\$|#"),
        _rule("[\xa2-\xa5\x80\u20a0\u20ac\u060b\u0e3f\u20a4\uffe0\uffe1\uffe5\uffe6]", _mapped(CURRENCIES)),
        _rule(f"(?:\\([0-9]{{2,3}}\\)[ \xa0]?|{groups})[0-9]{{3,4}}[- \xa0]?[0-9]{{3,5}}", _with_brackets),
        _rule(r"(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}"),
    ]


def _of_things(pieces: _Pieces) -> list[Rule]:
    return [
        _rule(
            r"(?i:-(?:[lr][rsc]b)-|c\.d\.s|pro-|anti-|s(?:&|&amp;)p-500|s(?:&|&amp;)ls|c\+\+|[cf]#)", _with_ampersand
        ),
        _rule(pieces.thing, _without_odd_hyphens),
        _rule(pieces.joined, _with_ampersand),
        _rule(pieces.slashed),
        _rule(pieces.hyphened, _without_soft_hyphens),
    ]


def _of_abbreviations(pieces: _Pieces) -> list[Rule]:
    begins = f"(?:{capitalised(SENTENCE_BEGINNINGS)}|{pieces.tag}){pieces.line_or_blank}"
    return [
        _rule(
            f"(?:(?i:{one_of(CLOSING_ABBREVIATIONS)})|{capitalised(STATES)}|[Pp]{{1,2}}t[ey]s?)\\.", then=r"[\s\S]{2}"
        ),
        _rule(f"(?:(?i:{one_of(OTHER_ABBREVIATIONS)})|[Mm][ft][gG])\\."),
        _rule(f"(?i:{one_of(BEFORE_A_NUMBER)})\\.", then=f"{pieces.line_or_blank}?{pieces.digit}"),
        _rule(r"[A-Za-z](?:\.[A-Za-z])*\."),
        _rule("[A-Za-z]", then=f"\\.{pieces.line_or_blank}+{begins}"),
        _rule(
            f"(?:{pieces.word}|{pieces.thing}|{pieces.joined}|{pieces.hyphened})\\.",
            _without_soft_hyphens,
            then="[,;:\u3001]",
        ),
        _rule(
            f"{pieces.word_character}+(?:\\.{pieces.word_character}+)*\\.(?i:{one_of(FILE_ENDINGS)})",
            then=f"(?:{pieces.line_or_blank}|[.?!,])",
        ),
    ]


def _of_signs(pieces: _Pieces, symbols: str) -> list[Rule]:
    return [
        _rule(r"[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]]", _with_brackets, then="[^A-Za-z0-9]"),
        _rule(r"[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\)", _with_brackets),
        _rule(f"{pieces.blank}+", _nothing),
        _rule(r"\\\*|\*+|##+|__+|@@+|[!?]+|>>|<<"),
        _rule(r"\.{3,5}|\.(?:[ \xa0]\.){2,4}|\u2026|-{1,4}|''", _nothing),
        _rule(r"-{5,}"),
        _rule("[`\u2018\u2019\u201a-\u201f\x91-\x94\u2039\u203a\xab\xbb]{1,2}", _with_plain_quotes),
        _rule(r"[()\[\]{}]", _mapped(BRACKETS)),
        _rule(f"[{symbols}!?.,:/@_\\-+%]"),
    ]

"""Hard strings of our own, drawn from a seed: what the recorded PTB tokens are of."""

import random

WORDS = """\
a b A B ab Ab AB ship Ship SHIP ships two cannot gonna don't won't isn't it's ship's ships' we're I'm O'Neil
o'clock U.S. e.g. a.m. etc. Mr. No. Fig. vs. e-mail two-storey x-ray and/or km/h AT&T C++ é café naïve Ünal 北京 ß
no art St. I i n't The A In c’mon ’em ‘em ’80s '90s somethin’ ol’ ’till nat’l y’all O’Neil d’Or more'n more’n
'tis ’tis can’t can‘t I’m we’ll Dr. Inc. Jan. g. x. pp. 3-4pm 24/7 C# pro- x-1.5 1. 2) a) (1) Ph.D. No.5 U.S.A.
a.b.c rock'n'roll 'n' ma'am e'er near-by Radar-image Sentinel-1 SAR-based ship-like 2-storey conf. approx. ca.
Prop. Bros. Ill. wash. Wash. THE Calif."""
NUMBERS = """\
0 1 2 10 12 123 1,000 1,000,000 3.5 .5 -5 +5 1/2 3/4 1-2 10x20 1990s 1st 2nd 50% $5 $1.50 £3 €5 #1 12:30
2014-12-25 12/25/2014 555-1234 5m 5km 3D 1e5 ½ ¾ ² 10° 5°C ±3 10,000.50 1.5m 3:1 16:9 0.5% 4½ 10\xad5 ~10 (555)
123-4567"""
SIGNS = """\
. , ; : ! ? ' " ` ( ) [ ] { } < > / \\ | - -- --- _ * # @ & % $ ^ ~ + = ... .. … – — ‘ ’ “ ” « » • · § © ® ™ × ÷
± ° µ € £ ¥ ¢ → ≥ ≤ ≠ ∞ √ 😀 '' `` ?! !! :) ;-) :( <3 -> ^_^ &amp; &lt; &quot; \u00ad \u200b \u0301"""
BLANKS = ["\xa0", "\u2009", "\u3000"]
ADDRESSES = """\
http://a.com/b?c=1 www.example.com foo@bar.com image_1.jpg file.txt @user #tag a_b <b> </b> <br/> <a b="c"> <y>
192.168.0.1 v1.0 example.com"""


def made_strings(count: int, seed: int) -> list[str]:
    """Return strings of one to seven words, numbers, signs and addresses, some of them without a blank between."""
    draw = random.Random(seed)
    kinds = [WORDS.split(), NUMBERS.split(), [*SIGNS.split(), *BLANKS], ADDRESSES.split()]
    return [_string(draw, kinds) for _ in range(count)]


def _string(draw: random.Random, kinds: list[list[str]]) -> str:
    parts = []
    for _ in range(draw.randint(1, 7)):
        parts.append(draw.choice(draw.choices(kinds, [5, 4, 6, 1])[0]))
        parts.append(" " * (draw.random() < 0.6))
    return "".join(parts).strip(" ")

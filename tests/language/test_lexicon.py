import pytest

from sarvl.language.words.lexicon import (
    NUMBER_WORDS,
    effect_of,
    ground_text,
    is_plural,
    number_text,
    plural_of,
    singular_of,
    with_article,
)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        *(
            ("ship", "ships"),
            ("aircraft", "aircraft"),
            ("marine craft", "marine craft"),
            ("urban areas", "urban areas"),
        ),
        *(("port facility", "port facilities"), ("railway", "railways"), ("bus", "buses"), ("bush", "bushes")),
        *(
            ("A220", "A220s"),
            ("T72 tank", "T72 tanks"),
            ("BTR-60", "BTR-60s"),
            ("wharf", "wharves"),
            ("church", "churches"),
        ),
        *(("glass", "glasses"), ("fisherman", "fishermen"), ("box", "boxes")),
        *(("water", "water"), ("bare land", "bare land"), ("wetland", "wetlands")),
        *(("person", "people"), ("livestock", "livestock"), ("layover", "layover")),
        *(("ship of another type", "ships of another type"), ("Truck w/Box", "Trucks w/Box")),
        *(("ship in ballast", "ships in ballast"), ("ship at anchor", "ships at anchor"), ("oasis", "oases")),
    ],
)
def test_plurals(singular, plural):
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    "name",
    [
        *("a ship", "an aircraft", "an A220", "a T72 tank", "an M1 tank", "a BTR-60", "an F-16", "a 2S1 howitzer"),
        *(
            "an 8-wheeler",
            "an 18 m boat",
            "a 110 m ship",
            "a unit",
            "an oil tank",
            "a ZSU 23 4",
            "a Boeing787",
            "an ARJ21",
        ),
        *("an SUV", "an FPSO", "a UAV", "a USV", "a SAM site", "an LNG carrier", "an H-beam", "an hour"),
        *("an unidentified ship", "an unmanned aerial vehicle", "an unused quay", "a used quay", "a utility pole"),
    ],
)
def test_articles(name):
    assert with_article(name.split(" ", 1)[1]) == name


@pytest.mark.parametrize(
    ("name", "singular"),
    [
        *(("ships", "ship"), ("urban areas", "urban area"), ("houses", "house"), ("buses", "bus"), ("boxes", "box")),
        *(("churches", "church"), ("facilities", "facility"), ("wharves", "wharf"), ("glasses", "glass")),
        *(("people", "person"), ("open_water", "open_water area"), ("grass", "grass area")),
        *((name, name) for name in ("ship", "bus", "aircraft", "C-130 Hercules", "gas", "series", "lens")),
    ],
)
def test_one_object_of_a_class(name, singular):
    assert singular_of(name) == singular


def test_plurals_are_known():
    names = ("urban areas", "people", "water", "ship", "glass")
    assert [is_plural(name) for name in names] == [True, True, False, False, False]


def test_numbers_as_words_and_digits():
    assert [number_text(n, as_word=True) for n in (0, 1, 20, 21)] == ["zero", "one", "twenty", "21"]
    assert number_text(7, as_word=False) == "7"
    assert len(set(NUMBER_WORDS)) == 21


@pytest.mark.parametrize(
    ("class_name", "effect"),
    [
        *(("shadow", "shadow"), ("Radar_Shadow", "shadow"), ("ship wake", "wake"), ("layover", "layover")),
        *(("ship", None), ("shadow zone", None), ("overshadow", None)),
    ],
)
def test_effects_of_radar(class_name, effect):
    assert effect_of(class_name) == effect


@pytest.mark.parametrize(
    ("singular", "text"),
    [("water", "water"), ("building", "buildings"), ("urban area", "urban areas"), ("crop", "crop")],
)
def test_ground_is_counted_or_not(singular, text):
    assert ground_text(singular, plural_of(singular)) == text

"""Names across scripts: one name shares a key, and is found however it is written or hidden."""

from __future__ import annotations

from itertools import combinations

import pytest

from relec_exchange.forms.scripts import (
    SCHEME,
    find_names,
    name_keys,
    same_name,
    script_of,
    scripts_in,
    transliterate,
)

# Each line is one name as the languages of the region write it. Common names, nobody's.
ONE_NAME = [
    "محمد مُحَمَّد Muhammad Mohammed Mohammad Mohamed Mehmet Muhammed মুহাম্মদ মোহাম্মদ Мухаммад",
    "حسین حسين Hussain Hossein Husayn Hüseyin Hussein Хусейн",
    "یوسف يوسف Yusuf Youssef Yousef Yusif ইউসুফ Юсуф",
    "رحمان رحمن Rahman Rehman রহমান Рахман",
    "علی علي Ali Aly আলী Али",
    "حسن Hasan Hassan হাসান",
    "احمد أحمد Ahmad Ahmed Ahmet আহমেদ আহমদ",
    "عمر Omar Umar Omer Ömer ওমর",
    "عثمان Uthman Osman Usman ওসমান",
    "مصطفی مصطفى Mustafa Mostafa মোস্তফা",
    "فاطمه فاطمة Fatima Fatimah Fatma Fatemeh ফাতেমা",
    "خدیجه خديجة Khadija Hatice Khadijeh",
    "عبدالله عبد\u200cالله Abdullah Abdulla Abdallah",
    "رضا Reza Rida Riza Ridha",
    "سعید سعيد Saeed Said Sa'id Saïd",
    "جعفر Jafar Jaafar Cafer Ja'far",
    "مریم مريم Maryam Mariam Meryem মরিয়ম",
    "عایشه عائشة Aisha Ayesha Ayşe আয়েশা",
    "ابراهیم إبراهيم Ibrahim Ebrahim İbrahim ইব্রাহিম",
    "نور Noor Nur Nour নূর",
    "وحید وحيد Waheed Vahid Wahid",
    "رشید رشيد Rashid Rasheed Reşit Rachid রশিদ",
    "غلام Ghulam Gulam Gholam গোলাম",
    "زاهد Zahid Zahed জাহিদ",
    "مسعود Masoud Mas'ud Mesut Masood",
    "گل ګل Gul Gol",
    "بشیر Bashir Beşir Basheer",
]
TOGETHER = [
    (
        "عبدالرحمن احمدزی",
        "Abdul Rahman Ahmadzai",
        "Abdur Rehman Ahmadzay",
        "Abdulrahman AHMADZAI",
        "AHMADZAI, Abdurrahman",
    ),
    ("نورالدین", "Nuruddin", "Noor ud-Din", "Nureddin", "Nur al-Din", "নূরউদ্দিন", "Nurettin"),
    ("محمد بن علی", "Muhammad bin Ali", "Mohammad Ali", "Mohammed ibn Aly"),
    ("مریم بنت یوسف", "Maryam bint Yusuf", "Mariam Youssef"),
    ("Mehmet oğlu Ahmet", "Ahmed Mehmet", "احمد محمد"),
    ("صلاح الدین", "Salahuddin", "Salah al-Din"),
]


@pytest.mark.parametrize("line", ONE_NAME)
def test_the_spellings_of_one_name_share_a_key_and_are_the_same_name(line: str) -> None:
    for one, other in combinations(line.split(" "), 2):
        assert name_keys(one) & name_keys(other), (one, other)
        assert same_name(one, other), (one, other)


@pytest.mark.parametrize("spellings", TOGETHER)
def test_particles_and_parts_written_together_make_no_other_name(
    spellings: tuple[str, ...],
) -> None:
    for one, other in combinations(spellings, 2):
        assert name_keys(one) & name_keys(other), (one, other)
        assert same_name(one, other), (one, other)


def test_different_names_are_not_the_same_name() -> None:
    same = {
        (one, other)
        for first, second in combinations(ONE_NAME, 2)
        for one in first.split(" ")
        for other in second.split(" ")
        if same_name(one, other)
    }
    assert same == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ahmad Rahimi", "Ahmad Karimi"),
        ("Hasan Rahimi", "Husain Rahimi"),
        ("Ali", "Ali Rahimi"),
        ("", ""),
    ],
)
def test_one_part_alone_does_not_make_two_names_the_same(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_a_name_without_any_letter_has_no_key() -> None:
    assert name_keys("") == name_keys("123 !") == frozenset()


@pytest.mark.parametrize(
    ("text", "language", "latin", "script"),
    [
        ("محمّد", "ar", "mhmd", "Arab"),
        ("رضا جوادی", "fa", "rza jvady", "Arab"),
        ("رضا", "ar", "rda", "Arab"),
        ("রহমান হোসেন", "bn", "rahaman hosen", "Beng"),
        ("Мухаммед", "ru", "mukhammed", "Cyrl"),
        ("Şükrü Iğdır", "tr", "sukru igdir", "Latn"),
        ("Κώστας", "el", "kostas", "Grek"),
        ("12", "", "12", "Zyyy"),
    ],
)
def test_letters_are_written_in_latin_by_one_named_scheme(
    text: str, language: str, latin: str, script: str
) -> None:
    assert transliterate(text, language) == latin
    assert script_of(text) == script
    assert SCHEME == "relec-practical-1"


def test_every_script_of_a_text_is_told() -> None:
    assert scripts_in("Ahmad احمد 12") == {"Latn", "Arab"}
    assert scripts_in("Аhmad") == {"Cyrl", "Latn"}


SOUGHT = ["Ahmad Rahimi", "محمد حسینی", "Ali Reza Karimi", "রহিমা খাতুন", "Noor Jan", "Yusuf"]
HIDDEN = [
    "the driver [Ahmad Rahimi] left",
    "[RAHIMI, Ahmed]",
    "[احمد رحيمي] آمد",
    "[أحـمـد رحیمی]",
    "[A h m a d R a h i m i] came",
    "by [A-h-m-a-d  R-a-h-i-m-i]",
    "[Ahm\u200bad Rah\u00adimi]",
    "[Аhmаd Rаhіmі]",
    "[Αhmad Rahimi]",
    "[Ahm4d R4himi]",
    "[4hm@d rahim1]",
    "[A7mad Rahimi]",
    "[damhA imihaR]",
    "[Ahmad.Rahimi]",
    "as [AhmadRahimi92] on",
    "[Ah mad Ra himi]",
    "[Ahmad (alias Doc) Rahimi]",
    "[Ahmet oğlu Rahimi]",
    "[Ａｈｍａｄ Ｒａｈｉｍｉ]",
    "[𝐀𝐡𝐦𝐚𝐝 𝐑𝐚𝐡𝐢𝐦𝐢]",
    "[Áhmàd Rãhimi]",
    "[Ⓐⓗⓜⓐⓓ Ⓡⓐⓗⓘⓜⓘ]",
    "[ᴀʜᴍᴀᴅ ʀᴀʜɪᴍɪ]",
    "write to [ahmad.rahimi@example].org",
    "[a_h_m_a_d_r_a_h_i_m_i]",
    "[A*h*m*a*d R*a*h*i*m*i]",
    "[احمدرحیمی]",
    "[Аҳмад Раҳимӣ]",
    "[Αχμάντ Ραχίμι]",
    "[Mohammed Hosseini]",
    "[Muhammad al-Husayni]",
    "[Мухаммад Хусейни]",
    "[Alireza Karimi]",
    "[Karimi, Ali]",
    "[Rahima Khatoon]",
    "[Noor Jaan]",
    "[নূর জান]",
    "[Youssef's] phone",
    "[Yusuf’un] evi",
    "[ويوسف]",
    "যুবক [ইউসুফের] ফোন",
]


@pytest.mark.parametrize("marked", HIDDEN)
def test_a_name_is_found_where_it_stands_however_it_is_written(marked: str) -> None:
    text = marked.replace("[", "").replace("]", "")
    assert (marked.index("["), marked.index("]") - 1) in {
        (found.start, found.end) for found in find_names(text, SOUGHT)
    }


@pytest.mark.parametrize(
    "text",
    [
        "the boat near Jan 2020 was late",
        "a rehearsal in the harbour and the coast",
        "Ahmad went. Later on that day another man whom they call Rahimi",
        "the Rahim family house; Ramadan began in the north, January",
        "they allow all of it; crime and cream",
        "على الحدود",
        "",
    ],
)
def test_words_that_only_resemble_a_name_are_left_alone(text: str) -> None:
    assert find_names(text, [*SOUGHT, "Ali", "Karim", "Omar"]) == ()


def test_a_common_word_is_a_name_only_with_a_capital() -> None:
    assert find_names("he said so", ["Said"]) == ()
    assert find_names("he met Said there", ["Said"])


def test_a_text_without_capitals_hides_no_name() -> None:
    assert find_names("they feared her. He left", ["Farid"]) == ()
    assert find_names("with fareed to the coast", ["Farid"])
    assert find_names("with Fareed to the coast", ["Farid"])


def test_short_names_written_together_are_not_found_in_words_that_sound_so() -> None:
    text = "They passed it on as a service; the change in January"
    assert find_names(text, ["Said Butt", "Sara Kaya", "Jan Kaya", "Jan Noori"]) == ()
    assert find_names("user jannoori", ["Jan Noori"])


def test_the_name_that_was_found_is_told_as_it_was_given() -> None:
    (found,) = find_names("with Mohammad Husseini.", SOUGHT)
    assert found.name == "محمد حسینی"

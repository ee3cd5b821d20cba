"""The catalogue in the window: what is here, which hub is meant, what a search brought."""

from __future__ import annotations

import pytest

from backends.contract.catalog import Source
from backends.contract.downloads import Download, DownloadState
from backends.contract.events import DownloadPlanned, TokenNeeded
from backends.contract.models import InstalledModel, ModelRef, ModelSource
from desktop.models import fit_words, machine_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.family_list_model import FamilyListModel, FamilyRow
from desktop.models.words import quantization_words
from tests.desktop.judged import GB, GIB, MAC_16, MAC_192, copy, form, minimax, model, verdict


def found(name: str, quantization: str, source: ModelSource = "builtin") -> InstalledModel:
    ref = ModelRef(name, "mlx", quantization, source, f"/models/{name}")
    return InstalledModel(ref, "MLX", "minimax_m2", 1_900_000, 196_608)


POCKET = tuple(found("Pocket M2", f"{bits}bit") for bits in (8, 3, 4))


@pytest.fixture
def catalog() -> CatalogModel:
    catalog = CatalogModel()
    catalog.show_choices("huggingface", "https://mirror.example", "/Volumes/Models")
    return catalog


def titles(rows: FamilyListModel) -> list[str]:
    return [rows.row(number).title for number in range(rows.rowCount())]  # type: ignore[union-attr]  within the count


def test_what_is_found_before_anything_is_judged_is_grouped_the_built_in_first(catalog: CatalogModel) -> None:
    catalog.show_found((found("Another", "none", "huggingface"), *POCKET))
    first, second = catalog.families()
    assert (first.spec.name, second.spec.name) == ("Pocket M2", "Another")
    assert [one.form.quantization for one in first.forms] == ["3bit", "4bit", "8bit"]
    default = catalog.default()
    assert default is not None
    assert default.quantization == "4bit"


def test_quantizations_are_named_in_one_way() -> None:
    assert [quantization_words(name) for name in ("4bit", "Int4", "8-bit", "MXFP4")] == [
        "4-bit",
        "4-bit",
        "8-bit",
        "MXFP4",
    ]


def test_an_opened_folder_joins_what_was_found(catalog: CatalogModel) -> None:
    catalog.show_found(POCKET)
    catalog.show_opened(found("Mine", "none", "folder"))
    catalog.show_opened(found("Mine", "none", "folder"))
    assert [family.spec.name for family in catalog.families()] == ["Pocket M2", "Mine"]


def test_a_copy_that_the_catalogue_knows_is_listed_once(catalog: CatalogModel) -> None:
    here = copy("MiniMax-M2", "4bit")
    catalog.show_found((here, *POCKET))
    catalog.show_judged(MAC_192, (model("MiniMax-M2", form("MiniMax-M2", "mlx", "4bit", here=(here,))),))
    assert [family.spec.name for family in catalog.families()] == ["MiniMax-M2", "Pocket M2"]
    assert catalog.find(here.ref) == here
    assert len(catalog.models) == 4


def test_the_chosen_hub_decides_where_a_form_comes_from(catalog: CatalogModel) -> None:
    family = model("MiniMax-M2", form("MiniMax-M2", "awq", "Int4"))
    ours, other = (Source("huggingface", "QuantTrio/MiniMax-M2-AWQ"), Source("modelscope", "tclf90/MiniMax-M2-AWQ"))
    ref = catalog.ref_of(family, family.forms[0])
    assert ref is not None
    assert (ref.source, ref.alternates, ref.endpoint, ref.folder) == (ours, (other,), "", "/Volumes/Models")
    catalog.show_choices("modelscope", "https://mirror.example", "")
    ref = catalog.ref_of(family, family.forms[0])
    assert ref is not None
    assert (ref.source, ref.alternates, ref.endpoint) == (other, (ours,), "")
    catalog.show_choices("mirror", "https://mirror.example", "")
    ref = catalog.ref_of(family, family.forms[0])
    assert ref is not None
    assert (ref.source, ref.endpoint) == (ours, "https://mirror.example")


def test_the_hubs_own_size_replaces_the_estimate(catalog: CatalogModel) -> None:
    family = minimax()
    catalog.show_judged(MAC_192, (family,))
    offer, ref = catalog.offer_of(family.forms[0]), catalog.ref_of(family, family.forms[0])
    assert offer is not None
    assert ref is not None
    assert fit_words.size_words(*catalog.size_of(offer)) == "about 129 GB"
    catalog.show_plan(DownloadPlanned(ref, 128_694_000_000, 0, 300 * GB, 27))
    assert catalog.size_of(offer) == (128_694_000_000, False)
    assert catalog.disk_free() == 300 * GB


def test_groups_are_what_is_recommended_what_is_here_and_the_rest(catalog: CatalogModel) -> None:
    small = model("Small", form("Small", "mlx", "8bit", weights=5 * GB, recommended=True), best=True)
    large = minimax("will_not_load")
    catalog.show_found(POCKET)
    catalog.show_judged(MAC_16, (small, large))
    rows = FamilyListModel(catalog)
    listed = [rows.row(number) for number in range(rows.rowCount())]
    assert [(row.group, row.title, row.detail) for row in listed if row is not None] == [
        ("Recommended for this Mac", "Small", "8-bit · 5.0 GB · fits"),
        ("On this machine", "Pocket M2", "3-bit · 1.9 MB"),
        ("More models", "MiniMax-M2", "Mac with 128 GB or more"),
    ]


def test_what_is_here_is_listed_as_here_also_if_it_is_recommended(catalog: CatalogModel) -> None:
    here = form("Here", "mlx", "4bit", here=(copy("Here", "4bit"),), recommended=True)
    catalog.show_judged(MAC_192, (minimax(best=True), model("Here", here)))
    rows = FamilyListModel(catalog)
    groups = [row.group for row in (rows.row(0), rows.row(1)) if row is not None]
    assert groups == ["Recommended for this Mac", "On this machine"]


def test_the_list_says_how_far_a_download_is(catalog: CatalogModel) -> None:
    family = minimax(best=True)
    catalog.show_judged(MAC_192, (family,))
    rows = FamilyListModel(catalog)
    ref = catalog.ref_of(family, family.forms[0])
    assert ref is not None
    states: tuple[tuple[DownloadState, str], ...] = (
        ("running", "Downloading, 41 %"),
        ("paused", "Paused at 41 %"),
        ("failed", "Stopped at 41 %"),
    )
    for state, words in states:
        rows.show_downloads((Download(ref, state, 41 * GB, 100 * GB),))
        row = rows.index(0).data(FamilyListModel.Role.ROW)
        assert isinstance(row, FamilyRow)
        assert (row.detail, row.zone) == (words, None)
    rows.show_downloads(())
    row = rows.index(0).data(FamilyListModel.Role.ROW)
    assert isinstance(row, FamilyRow)
    assert row.detail == "4-bit · 129 GB · fits"


def test_the_list_is_searched_by_words_ability_and_language(catalog: CatalogModel) -> None:
    seeing = model("Qwen-VL", form("Qwen-VL", "mlx", "4bit"), abilities=("chat", "vision"), languages=("fr",))
    catalog.show_judged(MAC_192, (minimax(), seeing))
    rows = FamilyListModel(catalog)
    assert rows.abilities() == ["chat", "tools", "reasoning", "vision"]
    for words, ability, language, expected in (
        ("mini m2", "", "", "MiniMax-M2"),
        ("quanttrio", "", "", "MiniMax-M2"),
        ("", "vision", "", "Qwen-VL"),
        ("", "", "zh", "MiniMax-M2"),
    ):
        rows.filter(words, ability, language)
        assert titles(rows)[0] == expected
        assert all(expected == title or title.startswith("Search") for title in titles(rows))


def test_few_matches_offer_the_hub_and_its_answer_takes_their_place(catalog: CatalogModel) -> None:
    catalog.show_judged(MAC_192, (minimax(),))
    rows = FamilyListModel(catalog)
    rows.filter("granite")
    assert titles(rows) == ["Search Hugging Face for “granite”"]
    catalog.show_searching("granite")
    assert titles(rows) == ["Searching…"]
    known = minimax()
    catalog.show_hits((model("org/granite", form("granite", "mlx", "4bit"), origin="hub"), known))
    assert titles(rows) == ["org/granite"]
    catalog.show_hits(())
    assert titles(rows) == ["Nothing more was found"]
    catalog.show_searching("granite")
    catalog.show_search_failed("Hugging Face cannot be reached.")
    assert titles(rows) == ["Hugging Face cannot be reached.", "Search Hugging Face for “granite”"]
    rows.filter("granite 4")
    assert titles(rows) == ["Search Hugging Face for “granite 4”"]


def test_another_hub_forgets_what_the_last_one_found(catalog: CatalogModel) -> None:
    rows = FamilyListModel(catalog)
    rows.filter("granite")
    catalog.show_searching("granite")
    catalog.show_choices("modelscope", "", "")
    assert titles(rows) == ["Search ModelScope for “granite”"]


def test_a_token_is_asked_for_until_it_is_given(catalog: CatalogModel) -> None:
    told: list[object] = []
    catalog.token_changed.connect(lambda: told.append(catalog.token_needed))
    needed = TokenNeeded("huggingface", "org/gated", "Agree to its licence.", "https://hub.example/org/gated")
    catalog.show_token_needed(needed)
    catalog.show_token_needed(None)
    assert told == [needed, None]


def test_the_words_of_every_form_and_zone() -> None:
    names = [
        fit_words.form_name(one.form)
        for one in (
            form("M", "mlx", "4bit"),
            form("M", "mlx", "none"),
            form("M", "pytorch", "none", weights=230 * GB),
            form("M", "pytorch", "none", weights=457 * GB),
            form("M", "awq", "Int4"),
            form("M", "gguf", "Q4_K_M"),
        )
    ]
    assert names == ["4-bit", "Not quantized", "Original (FP8)", "Original", "Int4 (AWQ)", "Q4_K_M (GGUF)"]
    assert fit_words.zone(verdict("fits", GB, context=94_208)) == "fits, 94k context"
    assert fit_words.zone(verdict("will_crawl", GB)) == "will crawl"
    assert fit_words.zone(verdict("will_not_load", GB)) == "will not load"
    assert fit_words.zone(verdict("no_engine", GB)) == "needs a Mac"
    unread = form("M", "gguf", "Q4_K_M", "no_engine", why="unknown_format")
    assert fit_words.reason(unread, MAC_16) == "No engine of Minim reads GGUF. llama.cpp does."
    crawls = form("M", "mlx", "8bit", "will_crawl", 186 * GB, limit_bytes=150 * GIB)
    assert "196 GB" in fit_words.reason(crawls, MAC_192)
    assert "161 GB" in fit_words.reason(crawls, MAC_192)


def test_the_arithmetic_adds_up_in_words() -> None:
    sum_ = fit_words.arithmetic(verdict("fits", 128_700_000_000, limit_bytes=162 * GB))
    parts, limit = sum_.split(", against ")
    assert parts == "129 GB weights + 8.1 GB KV cache for 32,768 tokens + 2.0 GB overhead = 139 GB"
    assert limit == "162 GB that Metal may use"
    assert fit_words.speed(verdict("fits", GB, tokens_per_second=31.4)) == "at most 31 tokens/s"
    assert fit_words.speed(verdict("fits", GB, tokens_per_second=0.34)) == "at most 0.3 tokens/s"


def test_machines_are_named_as_they_are_sold() -> None:
    assert machine_words.machine(MAC_192) == "Apple M2 Ultra · 192 GB"
    assert machine_words.machine_needed(minimax("will_not_load")) == "Needs a Mac with 128 GB or more"

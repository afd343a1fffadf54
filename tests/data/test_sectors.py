"""Readers of worlds of many sectors: the real files, and files that are damaged in every way."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedge.core.errors import KedgeError, MalformedFile
from kedge.data.readers.sectors import NAFTA, read_cube, read_nafta, read_seven
from kedge.world.trade_data import MANY_SECTORS, NAFTA_FILES, SEVEN_FILES, sector_tables, sector_world


def write_cube(path, *, flows=None, tariffs=None, countries=("AAA", "ROW"), skip=""):
    flows = np.arange(1.0, 9.0).reshape(2, 2, 2) if flows is None else flows
    tariffs = np.zeros((2, 2, 2)) if tariffs is None else tariffs
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        if skip != "Xjik_3D":
            data["Xjik_3D"] = flows
        data["tjik_3D"] = tariffs
        for name, words in (("countries", countries), ("sectors", ("C29", "Services (aggregate)"))):
            cells = data.create_dataset(name, (1, len(words)), dtype=h5py.ref_dtype)
            for k, word in enumerate(words):
                key = f"{name}{k}"
                file[key] = np.array([[ord(letter)] for letter in word], np.uint16)
                cells[0, k] = file[key].ref
        if skip != "sigma":
            data["sigma/U4/epsilon_S"] = np.full((1, 2), 4.0)
    return path


def test_a_cube_keeps_its_axes(tmp_path):
    found = read_cube(write_cube(tmp_path / "c.mat"))
    assert found.iso3 == ("AAA", "XRW")
    assert found.sectors == ("C29", "SERV")
    # Stored as [sector, importer, exporter]: 2 is sector 0, importer 0, exporter 1.
    assert found.flows[1, 0, 0] == 2e6
    assert found.flows[0, 1, 1] == 7e6


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"skip": "Xjik_3D"}, "lacks 'Xjik_3D'"),
        ({"skip": "sigma"}, "lacks 'sigma'"),
        ({"flows": np.full((2, 2, 2), np.nan)}, "finite"),
        ({"flows": -np.ones((2, 2, 2))}, "negative"),
        ({"flows": np.ones((2, 3, 3))}, r"should be \(2, 2, 2\)"),
        ({"tariffs": np.ones((2, 2, 2))}, "own goods"),
        ({"countries": ("AAA", "AAA")}, "twice"),
    ],
)
def test_a_cube_that_cannot_be_is_refused(tmp_path, change, told):
    with pytest.raises(MalformedFile, match=told):
        read_cube(write_cube(tmp_path / "c.mat", **change))


@given(cut=st.integers(0, 4000), flip=st.integers(0, 4000), byte=st.integers(0, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_cube_is_refused_or_read_whole(tmp_path, cut, flip, byte):
    whole = write_cube(tmp_path / "whole.mat").read_bytes()
    raw = bytearray(whole[: max(cut, 1)] if cut < 2000 else whole)
    raw[flip % len(raw)] = byte
    (tmp_path / "damaged.mat").write_bytes(raw)
    try:
        found = read_cube(tmp_path / "damaged.mat")
    except KedgeError:
        return
    assert np.isfinite(found.flows).all()
    assert found.flows.shape == (2, 2, 2)


@pytest.mark.mirror
def test_the_nafta_files_are_lined_up(mirror):
    tables = sector_tables("nafta-1993")
    at = tables.iso3.index
    assert tables.flows.shape == (31, 31, 40)
    # Mexico sold the United States 14.6 billion of electrical goods and cars and more: about 40 in all.
    assert 3.0e10 < tables.flows[at("MEX"), at("USA")].sum() < 5.0e10
    assert tables.flows[at("USA"), at("CAN")].sum() > tables.flows[at("USA"), at("MEX")].sum()
    changed = np.argwhere(tables.scenarios["nafta"] != tables.tariffs)
    assert {tables.iso3[n] for n in changed[:, :2].ravel()} == {"CAN", "MEX", "USA"}
    np.testing.assert_allclose(tables.value_added + tables.inputs.sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("data", "size", "count", "low", "high"),
    [("wiod-2014", 44, 16, 100, 140), ("icio-2022", 81, 28, 120, 170), ("seven-2017", 7, 44, 120, 170)],
)
def test_japan_sells_to_the_united_states_what_it_should(mirror, data, size, count, low, high):
    world, tables = sector_world(data)
    assert (len(tables.iso3), len(tables.sectors)) == (size, count)
    at = tables.iso3.index
    assert low < tables.flows[at("JPN"), at("USA")].sum() / 1e9 < high
    assert np.abs(world.transfers).max() < 1e-9 * world.value.sum()
    # Japan taxes no cars, the United States 2.5 %.
    if data == "icio-2022":
        cars = tables.sectors.index("C29")
        assert tables.tariffs[at("USA"), at("JPN"), cars] < 0.005 < tables.tariffs[at("JPN"), at("USA"), cars]


@pytest.mark.mirror
@pytest.mark.parametrize("name", NAFTA_FILES)
@pytest.mark.parametrize("harm", ["cut", "word", "empty"])
def test_a_damaged_table_names_its_file(mirror, tmp_path, name, harm):
    from kedge.data.fetch import fetch

    files = {each: fetch(f"nafta-{each.lower()}") for each in NAFTA_FILES}
    lines = files[name].read_text().splitlines()
    lines = {"cut": lines[:-1], "word": ["word", *lines[1:]], "empty": []}[harm]
    files[name] = tmp_path / f"{name}.txt"
    files[name].write_text("\n".join(lines))
    with pytest.raises(MalformedFile, match=name):
        read_nafta(files)


@pytest.mark.mirror
@pytest.mark.parametrize("name", SEVEN_FILES)
def test_a_damaged_region_file_names_itself(mirror, tmp_path, name):
    from kedge.data.fetch import fetch

    files = {each: fetch(f"seven-{each.lower().replace('_', '-')}") for each in SEVEN_FILES}
    text = files[name].read_text(encoding="utf-8-sig").replace("USA", "XXX").splitlines()
    text[-1] = ",".join("?" for _ in text[-1].split(","))
    files[name] = tmp_path / f"{name}.csv"
    files[name].write_text("\n".join(text))
    with pytest.raises(MalformedFile, match=name):
        read_seven(files)


def test_every_set_has_a_source():
    from kedge.data.catalogue import load_catalogue

    cubes = [name for name in MANY_SECTORS if name.startswith(("icio", "wiod")) and "linked" not in name]
    assert set(cubes) <= set(load_catalogue())
    assert len(NAFTA) == 31


def test_the_embedded_set_is_a_world():
    world, tables = sector_world("sectors")
    assert (len(world.iso3), len(world.sectors)) == (21, 17)
    np.testing.assert_allclose(tables.value_added + tables.inputs.sum(axis=1), 1.0, atol=1e-9)
    at = world.index
    # GDP of 2020: the United States 21, China 15, Japan 5 (10^12 US$), within what rebalancing moves.
    for code, trillions in (("USA", 21.0), ("CHN", 15.0), ("JPN", 5.0)):
        assert world.value[at(code)] / 1e12 == pytest.approx(trillions, rel=0.1)


def test_coefficients_that_are_damaged_are_refused(tmp_path):
    from kedge.data.readers.coefficients import read_coefficients

    path = tmp_path / "c.npz"
    good = {"G": np.full((2, 2, 2), 0.2), "B": np.full((2, 2), 0.6), "alpha": np.full((2, 2), 0.5)}
    good |= {"countries": np.array(["AAA", "ROW"]), "sectors": np.array(["C29", "D"])}
    np.savez(path, **good)
    assert read_coefficients(path).iso3 == ("AAA", "XRW")
    for change in ({"B": np.full((2, 2), 0.9)}, {"G": np.ones((2, 2))}, {"alpha": np.full((2, 2), np.nan)}):
        np.savez(path, **{**good, **change})
        with pytest.raises(MalformedFile, match=r"c\.npz"):
            read_coefficients(path)
    path.write_bytes(path.read_bytes()[:80])
    with pytest.raises(MalformedFile, match="damaged"):
        read_coefficients(path)


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_linked_tables_hold_what_both_sources_say():
    world, tables = sector_world("icio-2020-linked")
    assert (len(world.iso3), len(world.sectors)) == (81, 23)
    np.testing.assert_allclose(tables.value_added + tables.inputs.sum(axis=1), 1.0, atol=1e-3)
    assert world.value.sum() == pytest.approx(8.3e13, rel=0.1)

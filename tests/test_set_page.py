"""The page of a data set: its figures are those of `gongkai report` over the same reports, whatever it keeps to read."""

import base64
import json
import re
import zipfile
import zlib
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

import gongkai
from gongkai.present import gathered
from gongkai.present.folder import FolderError, check_folder
from gongkai.present.setfolder import write_set_folder
from gongkai.store import facts_of


@pytest.fixture(scope="module")
def data_set(sample, tmp_path_factory):
    """A data set of the sample reports, in several chunks."""
    folder = tmp_path_factory.mktemp("sets")
    with pytest.MonkeyPatch.context() as patch:
        gongkai.write_corpus(sample, folder / "set", workers=1)
        yield folder / "set"
        del patch


@pytest.fixture(scope="module")
def in_memory(sample, tmp_path_factory):
    """The folder that `gongkai report` writes of the same reports."""
    from gongkai.analyse import analyse_found, load
    from gongkai.present.folder import write_folder
    from gongkai.read import walk

    out = tmp_path_factory.mktemp("memory")
    write_folder(out, list(analyse_found(walk([sample]).found.values(), load())))
    return out


@pytest.fixture(scope="module")
def some_kept(data_set, tmp_path_factory):
    """The folder of the data set with five of its reports kept."""
    out = tmp_path_factory.mktemp("some")
    write_set_folder(out, data_set, kept=5)
    return out


def page(folder):
    text = (folder / "index.html").read_text("utf-8")
    head = json.loads(re.search(r'id="head">(.*?)</script>', text)[1])
    extras = re.search(r'id="extras">(.*?)</script>', text)[1]
    return text, head, json.loads(zlib.decompress(base64.b64decode(extras)))


def flat(values, n):
    """The counts of each unit of a flat list, added up by code."""
    sums, at = {}, 0
    for _ in range(n):
        many = values[at]
        for k in range(at + 1, at + 1 + 2 * many, 2):
            sums[values[k]] = sums.get(values[k], 0) + values[k + 1]
        at += 1 + 2 * many
    assert at == len(values)
    return sums

"""Signature files: what is wrong is said with file and field, and nothing hostile in them runs."""

from pathlib import Path

import pytest

from leakwatch.attribution.files import content_digest, signature_files
from leakwatch.attribution.load import parse_file, read_folders
from leakwatch.errors import SignatureError

GOOD = "version: 1\ncompany: {id: a, name: A}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "x.yaml:2: not YAML"),
        ("version: 2\ncompany: {id: a, name: A}", "version"),
        ("version: 1", "company: Field required"),
        (GOOD + "colour: red", "colour"),
        ("version: 1\ncompany: {id: A b, name: A}", "company.id"),
        ("version: 1\ncompany: {id: a, name: A, country: NO}", "company.country"),
        ("version: 1\ncompany: {id: a, name: A, domains: [com]}", "company.domains[0]"),
        (GOOD + "sdks: [{id: s, name: S, category: spying}]", "sdks[0].category: is none of analytics"),
        (GOOD + "sdks: [{id: s, name: S, category: push, endpoints: [{hosts: [a.com]}]}]", "endpoints[0].reasoning"),
        (GOOD + "examples: [!!python/object/apply:os.system [echo]]", "not YAML"),
        ("[" * 3000, "x.yaml"),
        ("", "file"),
        ("- 1", "file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(SignatureError) as caught:
        parse_file(text.encode(), Path("x.yaml"))
    assert "x.yaml" in str(caught.value) and said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_reference_is_recalled_unless_it_says_opened() -> None:
    references = "['https://a.com/d', {url: 'https://b.com', status: opened}]"
    endpoint = f"{{hosts: [a.com], reasoning: because so, references: {references}}}"
    content = parse_file(
        (GOOD + f"sdks: [{{id: s, name: S, category: push, endpoints: [{endpoint}]}}]").encode(), Path("x")
    )
    assert [r.status for r in content.sdks[0].endpoints[0].references] == ["recalled", "opened"]


def test_folders_files_and_digests(write) -> None:
    folder = write(
        b=GOOD.replace("a", "b").replace("A", "B").replace("nbme", "name").replace("compbny", "company"), a=GOOD
    )
    (folder / "schema.json").write_text("{}")
    (folder / ".hidden.yaml").write_text("{")
    files = signature_files(folder)
    assert [f.name for f in files] == ["a.yaml", "b.yaml"]
    signatures = read_folders([folder])
    assert list(signatures.companies) == ["a", "b"] and signatures.digest == content_digest(files)
    assert signatures.company_origin["a"].path == files[0]
    with pytest.raises(SignatureError, match="not a folder"):
        signature_files(folder / "nowhere")

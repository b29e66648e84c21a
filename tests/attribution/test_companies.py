"""The company graph: parents, groups, names with and without legal form; circles end."""

from leakwatch.attribution.companies import Companies, plain_name

ROWS = {
    "alibaba": ["Alibaba", "", "CN", ["Alibaba", "阿里巴巴"], ["com.taobao"]],
    "umeng": ["Umeng", "alibaba", "", ["Umeng", "友盟同欣（北京）科技有限公司"], []],
    "one": ["One", "two", "", ["One"], []],
    "two": ["Two", "one", "", ["Two"], []],
    "lost": ["Lost", "gone", "DE", ["Lost"], []],
}


def test_lines_and_groups() -> None:
    graph = Companies(ROWS)
    assert graph.line("umeng") == ["umeng", "alibaba"] and graph.group("umeng") == "alibaba"
    assert graph.relation("umeng", ["alibaba"]) == "group" and graph.relation("umeng", ["umeng"]) == "same"
    assert graph.relation("umeng", ["lost"]) == "" and graph.relation("umeng", []) == ""
    assert graph.country("umeng") == "CN"


def test_a_circle_ends_and_a_parent_without_file_keeps_its_id() -> None:
    graph = Companies(ROWS)
    assert graph.line("one") == ["one", "two"]
    assert graph.group("lost") == "gone" and graph.name("gone") == "gone" and graph.name("") == ""


def test_names_without_legal_form() -> None:
    graph = Companies(ROWS)
    assert plain_name("Example, Inc.") == plain_name("EXAMPLE") == plain_name("Example Co., Ltd.")
    assert graph.named("阿里巴巴网络科技有限公司") == ["alibaba"] and graph.named("alibaba group") == []
    assert graph.named("") == graph.named("Ltd.") == []


def test_packages() -> None:
    graph = Companies(ROWS)
    assert graph.of_package("com.taobao.taobao") == ["alibaba"] and graph.of_package("com.taobaox") == []

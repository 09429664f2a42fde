"""Merging writes saves statements and changes nothing that anybody can see."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, delete, insert, update

from ollamanet.infrastructure.kernel.sql_write import Write, merged

_metadata = MetaData()
PARENTS = Table("parents", _metadata, Column("id", Integer))
CHILDREN = Table("children", _metadata, Column("id", Integer))
ADD_PARENT, ADD_CHILD = insert(PARENTS), insert(CHILDREN)
RENAME_PARENT, DROP_PARENT = update(PARENTS), delete(PARENTS)
STATEMENTS = (ADD_PARENT, ADD_CHILD, RENAME_PARENT, DROP_PARENT)

submissions = st.lists(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=3), max_size=6)


def numbered(statements: list[list[object]]) -> list[list[Write]]:
    numbers = iter(range(1000))
    return [[Write(statement, {"id": next(numbers)}) for statement in submission] for submission in statements]


def order(batch: list[list[Write]]) -> list[int]:
    """The numbers of the writes in the order in which they run."""
    return [row["id"] for group in merged(batch) for row in group.rows]


def test_new_conversations_of_many_users_become_two_statements() -> None:
    groups = merged(numbered([[ADD_PARENT, ADD_CHILD]] * 50))

    assert [(group.statement, len(group.rows)) for group in groups] == [(ADD_PARENT, 50), (ADD_CHILD, 50)]


def test_questions_and_answers_become_four_statements() -> None:
    groups = merged(numbered([[ADD_PARENT, ADD_CHILD], [RENAME_PARENT, ADD_CHILD]]))

    assert [group.statement for group in groups] == [ADD_PARENT, ADD_CHILD, RENAME_PARENT, ADD_CHILD]


@given(submissions)
def test_every_write_is_done_once(statements: list[list[object]]) -> None:
    batch = numbered(statements)

    assert sorted(order(batch)) == list(range(sum(map(len, batch))))


@given(submissions)
def test_writes_of_one_submission_or_on_one_table_keep_their_order(statements: list[list[object]]) -> None:
    batch = numbered(statements)
    place = {number: at for at, number in enumerate(order(batch))}
    serial = [(index, write) for index, submission in enumerate(batch) for write in submission]

    for (mine, first), (theirs, second) in combinations(serial, 2):
        if mine == theirs or first.statement.table is second.statement.table:
            assert place[first.parameters["id"]] < place[second.parameters["id"]]

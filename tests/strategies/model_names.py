"""Names of models, as people may write them."""

import string

from hypothesis import strategies as st

_ENDS = string.ascii_letters + string.digits
_ANY = _ENDS + "._-"

parts = st.builds(
    lambda first, middle, last: first + middle.replace("..", "-") + last,
    st.sampled_from(_ENDS),
    st.text(_ANY, max_size=12),
    st.sampled_from(_ENDS),
).filter(lambda part: ".." not in part)
"""One part of a name: 2 to 14 characters."""

hosts = st.builds(
    lambda part, port: part if port is None else f"{part}:{port}", parts, st.none() | st.integers(1, 65535)
)

families = st.one_of(
    parts,
    st.builds("{}/{}".format, parts, parts),
    st.builds("{}/{}/{}".format, hosts, parts, parts),
)

model_names = st.builds(lambda family, tag: f"{family}:{tag}" if tag else family, families, st.none() | parts)

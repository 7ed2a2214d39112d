"""What monitoring reads of a served hub, by the parser of Prometheus' own client."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.conftest import ClientTools
from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import find_free_port, run_server

PROGRAM = """\
import json
import sys
from urllib.request import urlopen

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with urlopen(sys.argv[1], timeout=10) as response:
    text = response.read().decode()
print(json.dumps({
    family.name: [family.type, len(family.samples), bool(family.documentation)]
    for family in text_string_to_metric_families(text)
}))
"""


def test_prometheus_reads_every_metric(
    tools: ClientTools, site: BuildWorkspace, tmp_path: Path
) -> None:
    site.dataset().write()
    port = find_free_port()
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    with run_server(site, "--metrics-port", str(port)) as served:
        served.wait_until_ready()
        served.get("/about")
        address = f"http://127.0.0.1:{port}/metrics"
        families = json.loads(tools.run("python", "program.py", address, cwd=tmp_path))
    assert families["evidencehub_requests"][0] == "counter"
    assert families["evidencehub_memory_bytes"][0] == "gauge"
    assert families["evidencehub_build"][0] == "info"
    for kind, samples, is_documented in families.values():
        assert kind in ("counter", "gauge", "info")
        assert samples
        assert is_documented

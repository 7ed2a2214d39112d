"""Answers to data queries: read within bounds, and written whole or, as CSV, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.formats import json_stat, sdmx_json_data, sdmx_ml_data
from evidencehub.formats.sdmx_csv import SdmxCsvStream
from evidencehub.formats.sdmx_media_types import SdmxFormat
from evidencehub.formats.sdmx_model import DataMessage
from evidencehub.http.problem_details import HttpError, make_http_error
from evidencehub.protocols.sdmx.catalogue import FlowCatalogue
from evidencehub.protocols.sdmx.data_queries import DataQuery, RowEncoder
from evidencehub.protocols.sdmx.dataflows import IndicatorFlow
from evidencehub.protocols.sdmx.time_periods import format_period
from evidencehub.store.database import HubDatabase, Row, RowReader
from evidencehub.store.indicator_cubes import order_by_series
from evidencehub.store.query_sql import Statement, compile_cells, compile_count

MAX_DOCUMENT_ROWS = 50_000
"""Observations in a message that is made whole; a CSV is a stream, which has no limit."""
MAX_LISTED_RELEASES = 20
_CSV_TYPES = {"v1": "text/csv", "v2": "application/vnd.sdmx.data+csv;version=2.0.0"}
_WRITERS: Mapping[str, Callable[[DataMessage], bytes]] = {
    "generic-2.1": sdmx_ml_data.write_generic,
    "specific-2.1": sdmx_ml_data.write_structure_specific,
    "ml-3.0": sdmx_ml_data.write_structure_specific_30,
    "json-1.0": sdmx_json_data.write_json_10,
    "json-1.0-wd": sdmx_json_data.write_json_10_draft,
    "json-2.0": sdmx_json_data.write_json_20,
}


@dataclass(frozen=True, slots=True)
class DataAnswer:
    """The rows of a data query, none yet for a stream, and how many match."""

    query: DataQuery
    total: int
    rows: Sequence[Row]
    is_stream: bool


class DataAnswers:
    """Reads and writes the answers of one build."""

    def __init__(self, catalogue: FlowCatalogue) -> None:
        self._catalogue = catalogue

    def read_answer(
        self, query: DataQuery, base: str, db: RowReader, *, is_csv: bool
    ) -> DataAnswer:
        """Return the rows of a query; raise HttpError for none (404) and for too many (413)."""
        data = self._catalogue.reference_data
        total = int(str(db(*compile_count(query.query, data))[0][0]))
        if not total:
            raise make_http_error(404, "sdmx/not-found/data", name=query.flow.dataflow.id)
        is_stream = is_csv and query.observations
        if not is_stream and total > MAX_DOCUMENT_ROWS:
            raise _build_size_error(base, total)
        if is_stream:
            return DataAnswer(query, total, (), is_stream)
        statement = compile_cells(order_by_series(query.query), total, data)
        return DataAnswer(query, total, db(*statement), is_stream)

    def list_headers(self, flow: IndicatorFlow, total: int) -> list[tuple[str, str]]:
        """Return the headers that say how many rows there are, and of which releases."""
        names = flow.cube.columns["dataset"]
        datasets = self._catalogue.reference_data.datasets
        releases = [f"{name}={datasets[name]['version']}" for name in names]
        return [
            ("hub-total", str(total)),
            ("hub-release", ", ".join(releases[:MAX_LISTED_RELEASES])),
            ("hub-release-count", str(len(releases))),
        ]

    def write_document(self, answer: DataAnswer, chosen: SdmxFormat) -> bytes:
        """Return the whole answer in a format."""
        if chosen.syntax != "csv":
            return _WRITERS[chosen.name](self._build_message(answer))
        encoder = RowEncoder(answer.query)
        keys = dict.fromkeys(map(tuple, encoder.encode_rows(answer.rows)))
        return self._open_csv(answer.query, chosen).write_rows(keys)

    def write_json_stat(self, answer: DataAnswer) -> bytes:
        """Return the whole answer as a dataset of JSON-stat."""
        href = self._build_json_stat_url(answer.query.flow.dataflow.id)
        return json_stat.write_json_stat(self._build_message(answer), href)

    def write_collection(self) -> bytes:
        """Return the list of all datasets of JSON-stat."""
        catalogue = self._catalogue
        flows = [catalogue.name_flow(name) for name in catalogue.indicators]
        urls = {name: self._build_json_stat_url(name) for name in catalogue.indicators}
        return json_stat.write_collection(catalogue.sender, flows, urls)

    def _build_json_stat_url(self, flow: str) -> str:
        return f"{self._catalogue.reference_data.site_url}/sdmx/jsonstat/{flow}"

    def stream_csv(
        self, answer: DataAnswer, chosen: SdmxFormat, database: HubDatabase
    ) -> AsyncIterator[bytes]:
        """Yield the rows as they are read; memory does not grow with their number."""
        encoder = RowEncoder(answer.query)
        stream = self._open_csv(answer.query, chosen)

        def render(rows: Iterable[Row]) -> bytes:
            return stream.write_rows(encoder.encode_rows(rows))

        return database.stream_rows(*self._compile_stream(answer), render)

    def _compile_stream(self, answer: DataAnswer) -> Statement:
        query, data = answer.query.query, self._catalogue.reference_data
        return compile_cells(query, answer.total, data)

    def _open_csv(self, query: DataQuery, chosen: SdmxFormat) -> SdmxCsvStream:
        return SdmxCsvStream(
            chosen.version.rpartition(".")[0],
            self._catalogue.agency,
            query.flow.dataflow.id,
            query.columns,
        )

    def _build_message(self, answer: DataAnswer) -> DataMessage:
        query, flow = answer.query, answer.query.flow
        encoder = RowEncoder(query)
        spans = (value.partition("/") for value in flow.cube.columns["period"])
        labels = {item.id: item.labels for item in flow.dimensions}
        labels |= {
            item.id: self._catalogue.labels[item.code_list]
            for item in flow.attributes.values()
            if item.code_list
        }
        return DataMessage(
            self._catalogue.sender,
            flow.dataflow,
            query.columns,
            list(encoder.encode_rows(answer.rows)),
            query.dimension_at_observation,
            labels,
            {format_period(start, end): (start, end) for start, _, end in spans},
            query.observations,
        )


def _build_size_error(base: str, total: int) -> HttpError:
    return make_http_error(
        413,
        "sdmx/too-large",
        count=f"{total:,}",
        maximum=f"{MAX_DOCUMENT_ROWS:,}",
        csv=_CSV_TYPES.get(base, _CSV_TYPES["v1"]),
    )

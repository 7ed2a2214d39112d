// Three figures of one indicator, with the labels of their codes
const address = "http://127.0.0.1:8001/api/v1/observations?indicator=uk-maternal-mortality-rate&limit=3";
const told = await (await fetch(address)).json();
console.log(told.page.total, "figures in all");
for (const row of told.data) {
  console.log(row.period_start, row.ethnicity_label, row.value, row.unit_label);
}

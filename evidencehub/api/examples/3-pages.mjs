// A long answer page by page: next is the address of the following page
let address = "http://127.0.0.1:8001/api/v1/indicators?limit=20";
const found = [];
let total = 0;
while (address) {
  const told = await (await fetch(address)).json();
  found.push(...told.data);
  total = told.page.total;
  address = told.page.next && new URL(told.page.next, address).href;
}
console.log(found.length, "of", total, "indicators");

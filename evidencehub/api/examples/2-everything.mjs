// Every row of an answer, a line of JSON each, however many there are
const address = "http://127.0.0.1:8001/api/v1/observations.ndjson?family=infant-mortality";
const text = await (await fetch(address)).text();
const figures = text.trim().split("\n").map((line) => JSON.parse(line));
console.log(figures.length, "rows");

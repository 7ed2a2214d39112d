// A question that an address cannot hold: this and that, or else, but not
const question = {
  resource: "observations",
  where: {
    and: [
      { eq: { family: "infant-mortality" } },
      { or: [{ gte: { value: 10 } }, { eq: { value: null } }] },
      { not: { eq: { ethnicity: "_T" } } },
    ],
  },
  fields: ["indicator", "ethnicity_label", "value", "obs_status_label"],
  sort: ["-value"],
  limit: 5,
};
const answer = await fetch("http://127.0.0.1:8001/api/v1/query", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(question),
});
for (const row of (await answer.json()).data) console.log(row);

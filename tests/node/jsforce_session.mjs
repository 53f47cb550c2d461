// jsforce as an integration would use it: logs in, writes, reads, and prints what it saw as one JSON object.
// Arguments: the org's address, client id, client secret.

import jsforce from "jsforce";

const [loginUrl, clientId, clientSecret] = process.argv.slice(2);
const KEY = "Syncd_Key__c";
const headers = { "Sforce-Auto-Assign": "FALSE" };

const conn = new jsforce.Connection({ version: "66.0", oauth2: { loginUrl, clientId, clientSecret } });
await conn.authorize({ grant_type: "client_credentials" });

const refusal = async (act) => {
  try {
    await act();
    return null;
  } catch (error) {
    return error.errorCode ?? error.name;
  }
};

const lead = (n) => ({ LastName: `Nr${n}`, Company: "Acme", Email: `n${n}@acme.example` });
const seen = {};
seen.identity = (await conn.identity()).organization_id;
seen.versions = (await conn.request("/services/data/")).length;

const made = await conn.sobject("Lead").upsert({ ...lead(1), [KEY]: "1:1" }, KEY, { headers });
const again = await conn.sobject("Lead").upsert({ ...lead(1), Company: "Acme Ltd", [KEY]: "1:1" }, KEY, { headers });
seen.upsert = { sameId: made.id === again.id, created: [made.created, again.created] };

const many = Array.from({ length: 250 }, (_unused, n) => ({ ...lead(n + 2), [KEY]: `1:${n + 2}` }));
const results = await conn.sobject("Lead").create(many, { headers, allowRecursive: true });
seen.many = results.filter((r) => r.success).length;

seen.updated = (await conn.sobject("Lead").update({ Id: made.id, Title: "VP" }, { headers })).success;
seen.read = (await conn.sobject("Lead").retrieve(made.id)).Company;
seen.found = await conn
  .sobject("Lead")
  .find({ Email: { $like: "n1%" }, Company: "Acme" }, ["Id", "LastName"])
  .sort({ LastName: 1 })
  .limit(3)
  .then((rows) => rows.map((r) => r.LastName));

const records = [];
await new Promise((resolve, reject) => {
  conn
    .query("SELECT Id, Owner.Name FROM Lead ORDER BY Id", { headers: { "Sforce-Query-Options": "batchSize=200" } })
    .on("record", (record) => records.push(record))
    .on("end", resolve)
    .on("error", reject)
    .run({ autoFetch: true, maxFetch: 10_000 });
});
seen.streamed = records.length;
seen.owner = records[0].Owner.Name;

const described = await conn.sobject("Lead").describe();
seen.keyField = described.fields.filter((f) => f.externalId && f.unique).map((f) => f.name);
seen.objects = (await conn.describeGlobal()).sobjects.length;
seen.composite = (
  await conn.requestPost(`/services/data/v66.0/composite`, {
    allOrNone: true,
    compositeRequest: [
      { method: "GET", url: `/services/data/v66.0/sobjects/Lead/${KEY}/1:1`, referenceId: "TheLead" },
      {
        method: "POST",
        url: "/services/data/v66.0/sobjects/Task",
        referenceId: "Call",
        body: { Subject: "Call", WhoId: "@{TheLead.Id}", [KEY]: "1:1:1:call" },
      },
    ],
  })
).compositeResponse.map((part) => part.httpStatusCode);
seen.tasks = (await conn.query(`SELECT COUNT() FROM Task WHERE WhoId = '${made.id}'`)).totalSize;

seen.refusals = {
  soql: await refusal(() => conn.query("SELECT Nothing__c FROM Lead")),
  required: await refusal(() => conn.sobject("Lead").create({ LastName: "x" }, { headers })),
  gone: await refusal(async () => {
    await conn.sobject("Lead").destroy(made.id);
    await conn.sobject("Lead").retrieve(made.id);
  }),
};
seen.usage = conn.limitInfo?.apiUsage?.limit ?? null;
console.log(JSON.stringify(seen));

// Fastify with its own validation (a JSON schema, compiled) and better-sqlite3, in two processes.
import cluster from "node:cluster";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PEER_HOME}/`);
const form = JSON.parse(readFileSync(new URL("form.json", import.meta.url)));
const fields = form.sections[0].fields;
const consent = form.privacy.consents[0].name;
const weights = Array.from({ length: 17 }, (_, place) => 2 ** (17 - place) % 11);

function describe(field) {
  switch (field.type) {
    case "choice": return { enum: field.options };
    case "number": return { type: "integer", minimum: field.min, maximum: field.max };
    case "money": return { type: "number", minimum: 0 };
    case "date": return { type: "string", format: "date" };
    case "mobile": return { type: "string", pattern: "^1\\d{10}$" };
    case "resident_id": return { type: "string", pattern: "^\\d{17}[\\dX]$" };
    default: return { type: "string", minLength: 1, maxLength: field.length ?? 60 };
  }
}

function isResidentId(text) {
  let sum = 0;
  for (let place = 0; place < 17; place++) sum += Number(text[place]) * weights[place];
  return "10X98765432"[sum % 11] === text[17];
}

async function serve() {
  const Database = require("better-sqlite3");
  const sodium = require("sodium-native");
  const app = require("fastify")({ logger: false });
  const db = new Database(process.env.PEER_DATABASE, { timeout: 30000 });
  db.pragma("journal_mode = wal");
  db.pragma("synchronous = full");
  const addApplication = db.prepare("insert into application values (?, ?, ?, ?, ?, ?)");
  const addEvent = db.prepare("insert into event values (?, ?, ?, ?, ?)");
  const keep = db.transaction((application, event) => { addApplication.run(application); addEvent.run(event); });
  const pk = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES), sk = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES);
  sodium.crypto_box_keypair(pk, sk);
  const key = randomBytes(32);
  const properties = Object.fromEntries(fields.map((field) => [field.name, describe(field)]));
  properties[consent] = { const: "yes" };
  const body = { type: "object", required: Object.keys(properties), properties };

  app.register(require("@fastify/formbody"));
  app.post("/apply", { schema: { body } }, (request, reply) => {
    const answers = request.body;
    if (!isResidentId(answers.id_number)) return reply.code(422).send("id_number");
    const text = Buffer.from(JSON.stringify(answers));
    const sealed = Buffer.alloc(text.length + sodium.crypto_box_SEALBYTES);
    sodium.crypto_box_seal(sealed, text, pk);
    const blind = createHmac("sha256", key).update(answers.id_number).digest();
    const id = randomBytes(16).toString("hex"), at = new Date().toISOString();
    const reference = `YX-${randomBytes(5).toString("hex").toUpperCase()}`;
    keep.immediate([id, reference, sealed, blind, "submitted", at], [randomBytes(16).toString("hex"), id, "submitted", at, "{}"]);
    reply.type("text/html; charset=utf-8").send(
      `<!doctype html><html lang=zh><meta charset=utf-8><title>已收到</title><h1>已收到您的申请</h1><p>受理编号：<b>${reference}</b><p>请记下来。`);
  });
  await app.listen({ host: "127.0.0.1", port: Number(process.env.PEER_PORT) });
}

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  await serve();
}

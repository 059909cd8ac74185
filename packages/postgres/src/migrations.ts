// The tables, as numbered migrations. A released migration is never changed: a new one is added. `schema_version` has the number
// of those that were applied.
//
// holders      one row per living name of a process; `epoch` counts all that ever opened the store. A holder whose row is gone
//              has been superseded
// leases       what one node does for all of them (`lead`), until `expires_at`
// runs         one row per run; `holder` is the epoch of the process that runs it. `record` is the run as JSON without its
//              arguments and metrics; the names in `metrics` are key texts. `ended_no` numbers the ends. No index has a column that
//              a report changes, so that its row is updated in place (HOT)
// args         apart from `runs`, whose row is written with every report; `files` is the rest of the private arguments
// log          several events per row: those of one append, at most 512; `body` is a JSON list
// checkpoints  the last two of each run that has not been removed
// blobs        references to blobs; `place` is the purpose, for example `artifact/model.bin`; `data` is what is kept with it
// weights      one row per model: the version that is served, how often that has changed, and the highest number of a version
// versions     the weights versions; `blob` is the id of its file, `body` the version as JSON
// served_changes  which version was served when, and why; `revision` numbers the changes
//
// Texts that callers choose are key texts (key-text.ts), compared by their bytes.

/** Each gets the quoted name of the schema, which exists. */
export const migrations: readonly ((schema: string) => string)[] = [
  (s) => `
  CREATE SEQUENCE ${s}.epochs;
  CREATE SEQUENCE ${s}.ends;
  CREATE TABLE ${s}.holders (
    epoch bigint PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, inline boolean NOT NULL, opened_at timestamptz NOT NULL
  );
  CREATE TABLE ${s}.leases (
    name text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL, expires_at timestamptz NOT NULL
  );
  CREATE TABLE ${s}.runs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    model text COLLATE "C" NOT NULL,
    owner text COLLATE "C",
    fingerprint text NOT NULL,
    state text COLLATE "C" NOT NULL,
    state_at text COLLATE "C" NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    ended_at text COLLATE "C",
    ended_no bigint,
    last_at text COLLATE "C" NOT NULL,
    holder bigint,
    attempt integer NOT NULL,
    append_number integer NOT NULL,
    lost_in_a_row integer NOT NULL,
    first_seq integer NOT NULL,
    last_seq integer NOT NULL,
    bytes bigint NOT NULL,
    metrics json,
    record text NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX runs_by_state ON ${s}.runs (state, number);
  CREATE INDEX runs_by_model ON ${s}.runs (model, number);
  CREATE INDEX runs_counted ON ${s}.runs (model, state, state_at);
  CREATE INDEX runs_by_owner ON ${s}.runs (owner, number) WHERE owner IS NOT NULL;
  CREATE INDEX runs_by_holder ON ${s}.runs (holder) WHERE holder IS NOT NULL;
  CREATE INDEX runs_ended ON ${s}.runs (ended_no, ended_at) WHERE ended_no IS NOT NULL;
  CREATE TABLE ${s}.args (run bigint PRIMARY KEY, args text NOT NULL, files text NOT NULL, secrets bytea);
  CREATE TABLE ${s}.log (
    run bigint NOT NULL, last integer NOT NULL, first integer NOT NULL, at text NOT NULL, body text NOT NULL,
    PRIMARY KEY (run, last)
  );
  CREATE TABLE ${s}.checkpoints (run bigint NOT NULL, seq integer NOT NULL, body text NOT NULL, PRIMARY KEY (run, seq));
  CREATE TABLE ${s}.blobs (
    run bigint NOT NULL, place text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, ref text NOT NULL, data text,
    PRIMARY KEY (run, place)
  );
  CREATE INDEX blobs_by_id ON ${s}.blobs (id);
  CREATE TABLE ${s}.weights (
    model text COLLATE "C" PRIMARY KEY, served integer NOT NULL, revision integer NOT NULL, newest integer NOT NULL
  );
  CREATE TABLE ${s}.versions (
    model text COLLATE "C" NOT NULL, number integer NOT NULL, run_id text COLLATE "C", blob text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (model, number)
  );
  CREATE INDEX versions_by_blob ON ${s}.versions (blob);
  CREATE UNIQUE INDEX versions_by_run ON ${s}.versions (model, run_id) WHERE run_id IS NOT NULL;
  CREATE TABLE ${s}.served_changes (
    model text COLLATE "C" NOT NULL, revision integer NOT NULL, body text NOT NULL, PRIMARY KEY (model, revision)
  );
  `,
];

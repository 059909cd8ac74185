// The tables, as numbered migrations. A released migration is never changed: a new one is added. `user_version` of the file is
// the number of its migrations.
//
// holder       one row: the process that opened the file last (`epoch` counts them), and whether its models run in it
// runs         one row per run: the columns to search by, and `record`, the run as JSON without its arguments; `ended_no`
//              numbers the ended runs in the order of their ends, independent of the clock; `state_at` is since when it is in its state
// args         apart from `runs`, because SQLite rewrites the whole row of a run with every report
// secrets      plain text; each row has pages of its own (see secret-text.ts)
// log          several events per row: those of one append, at most 512; `body` is a JSON list
// removed      runs whose log is not yet deleted; it is deleted in slices
// checkpoints  the last two of each run that has not been removed
// blobs        references to blobs; `place` is the purpose, for example `artifact/model.bin`; `data` is what is kept with it
// weights      one row per model: the version that is served, how often that has changed, and the highest number of a version
// versions     the weights versions; `blob` is the id of its file, `body` the version as JSON
// served_changes  which version was served when, and why; `revision` numbers the changes

export const migrations: readonly string[] = [
  `
  CREATE TABLE holder (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, name TEXT NOT NULL, inline INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    owner TEXT,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    ended_no INTEGER,
    last_at TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    append_number INTEGER NOT NULL DEFAULT 0,
    lost_in_a_row INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_state ON runs (state, number);
  CREATE INDEX runs_by_model ON runs (model, number);
  CREATE INDEX runs_by_owner ON runs (owner, number) WHERE owner IS NOT NULL;
  CREATE INDEX runs_ended ON runs (ended_no, ended_at, bytes) WHERE ended_no IS NOT NULL;
  CREATE TABLE args (run INTEGER PRIMARY KEY, args TEXT NOT NULL, files TEXT NOT NULL) STRICT;
  CREATE TABLE secrets (run INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE log (
    run INTEGER NOT NULL, last INTEGER NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, last)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE removed (run INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE checkpoints (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE blobs (
    run INTEGER NOT NULL, place TEXT NOT NULL, id TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (run, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX blobs_by_id ON blobs (id);
  CREATE TABLE published (model TEXT PRIMARY KEY, id TEXT NOT NULL, ref TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // What was served becomes version 1. Its metrics are those that its run reported last.
  `
  ALTER TABLE blobs ADD COLUMN data TEXT;
  CREATE TABLE weights (
    model TEXT PRIMARY KEY, served INTEGER NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE versions (
    model TEXT NOT NULL, number INTEGER NOT NULL, run_id TEXT, blob TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (model, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX versions_by_blob ON versions (blob);
  CREATE INDEX versions_by_run ON versions (model, run_id) WHERE run_id IS NOT NULL;
  CREATE TABLE served_changes (
    model TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (model, revision)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO weights (model, served, revision, newest) SELECT model, 1, 1, 1 FROM published;
  INSERT INTO versions (model, number, run_id, blob, body)
    SELECT published.model, 1, runs.id, published.id, json_patch(
      json_object(
        'number', 1,
        'createdAt', coalesce(runs.ended_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        'blob', json(published.ref),
        'metrics', coalesce(
          CASE WHEN json_valid(runs.record) THEN json(json_extract(runs.record, '$.progress.metrics')) END, json('{}')
        )
      ),
      json_object('runId', runs.id, 'owner', runs.owner, 'sha256', json_extract(published.ref, '$.sha256'))
    )
    FROM published
      LEFT JOIN blobs ON blobs.id = published.id AND blobs.place = 'published'
      LEFT JOIN runs ON runs.number = blobs.run AND runs.state = 'succeeded'
    GROUP BY published.model;
  INSERT INTO served_changes (model, revision, body)
    SELECT model, 1, json_object(
      'at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'from', 0, 'to', 1, 'reason', 'served before versions were kept'
    ) FROM published;
  DELETE FROM blobs
    WHERE place = 'published' AND id IN (SELECT id FROM published) AND run IN (SELECT number FROM runs WHERE state = 'succeeded');
  DROP TABLE published;
  `, // The time since when a run is in its state was not kept before: of one that had started it is that of its last event.
  `
  ALTER TABLE runs ADD COLUMN state_at TEXT NOT NULL DEFAULT '';
  UPDATE runs SET state_at = CASE state WHEN 'queued' THEN created_at ELSE last_at END;
  CREATE INDEX runs_counted ON runs (model, state, state_at);
  `,
  "ALTER TABLE args ADD COLUMN traceparent TEXT;",
];

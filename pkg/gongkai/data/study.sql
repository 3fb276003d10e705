-- A study: what was loaded, who coded what and when. `changes` is the truth and only grows; `codes` and `statements.retired` are
-- what the changes come to, kept beside them for speed, and can be made anew from them.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE codebooks (
  id INTEGER PRIMARY KEY,
  yaml TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  coder TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL
);

CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE TABLE reports (
  id TEXT PRIMARY KEY,
  body TEXT,
  year INTEGER,
  level TEXT,
  region TEXT,
  source TEXT,
  sha256 TEXT,
  warnings TEXT NOT NULL DEFAULT '[]',
  extra TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

CREATE TABLE sections (
  id INTEGER PRIMARY KEY,
  report TEXT NOT NULL REFERENCES reports,
  kind TEXT NOT NULL,
  number INTEGER,
  title TEXT NOT NULL DEFAULT '',
  start INTEGER NOT NULL,
  body_start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (report, start, end)
);

CREATE TABLE statements (
  id INTEGER PRIMARY KEY,
  report TEXT NOT NULL REFERENCES reports,
  section INTEGER REFERENCES sections,
  kind TEXT NOT NULL DEFAULT '',
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  text TEXT NOT NULL,
  path TEXT NOT NULL DEFAULT '[]',
  origin TEXT NOT NULL DEFAULT 'loaded' CHECK (origin IN ('loaded', 'split', 'merged', 'imported')),
  retired INTEGER REFERENCES changes,
  extra TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX statements_place ON statements (report, start, end);
CREATE INDEX statements_section ON statements (section);
CREATE INDEX statements_reading ON statements (report, start) WHERE retired IS NULL;
CREATE INDEX statements_retired ON statements (id) WHERE retired IS NOT NULL;
CREATE INDEX statements_made ON statements (id) WHERE origin IN ('split', 'merged');

CREATE TABLE predictions (
  statement INTEGER NOT NULL REFERENCES statements,
  model INTEGER NOT NULL REFERENCES models,
  role TEXT NOT NULL,
  themes TEXT NOT NULL,
  role_score REAL NOT NULL,
  theme_scores TEXT NOT NULL,
  evidence TEXT NOT NULL DEFAULT '[]',
  doubt REAL NOT NULL,
  PRIMARY KEY (statement, model)
) WITHOUT ROWID;
CREATE INDEX predictions_doubt ON predictions (model, doubt DESC, statement);

-- The themes of `predictions` and of `codes` a row each, so that a theme is found without reading all; triggers keep them.
CREATE TABLE predicted_themes (
  model INTEGER NOT NULL,
  theme TEXT NOT NULL,
  statement INTEGER NOT NULL,
  PRIMARY KEY (model, theme, statement)
) WITHOUT ROWID;
CREATE TRIGGER predictions_come AFTER INSERT ON predictions BEGIN
  INSERT OR IGNORE INTO predicted_themes SELECT NEW.model, value, NEW.statement FROM json_each(NEW.themes);
END;
CREATE TRIGGER predictions_stay BEFORE UPDATE ON predictions BEGIN SELECT RAISE (ABORT, 'what a model said is never changed'); END;
CREATE TRIGGER predictions_remain BEFORE DELETE ON predictions BEGIN SELECT RAISE (ABORT, 'what a model said is never deleted'); END;

CREATE TABLE coders (name TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE samples (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  coder TEXT NOT NULL,
  size INTEGER NOT NULL,
  population INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  unit TEXT NOT NULL,
  groups TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE sampled (
  sample INTEGER NOT NULL REFERENCES samples,
  statement INTEGER NOT NULL REFERENCES statements,
  place INTEGER NOT NULL,
  probability REAL NOT NULL,
  PRIMARY KEY (sample, statement)
) WITHOUT ROWID;
CREATE INDEX sampled_place ON sampled (sample, place, statement);
CREATE INDEX sampled_statement ON sampled (statement);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  coder TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('code', 'undo', 'split', 'merge', 'settle', 'import')),
  statement INTEGER REFERENCES statements,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  codebook INTEGER NOT NULL REFERENCES codebooks,
  model INTEGER REFERENCES models,
  undoes INTEGER REFERENCES changes,
  request TEXT UNIQUE
);
CREATE INDEX changes_coder ON changes (coder, id);
CREATE INDEX changes_statement ON changes (statement);
CREATE INDEX changes_undoes ON changes (undoes) WHERE undoes IS NOT NULL;
CREATE TRIGGER changes_stay BEFORE UPDATE ON changes BEGIN SELECT RAISE (ABORT, 'a change is never changed'); END;
CREATE TRIGGER changes_remain BEFORE DELETE ON changes BEGIN SELECT RAISE (ABORT, 'a change is never deleted'); END;

CREATE TABLE codes (
  statement INTEGER NOT NULL REFERENCES statements,
  coder TEXT NOT NULL,
  role TEXT,
  themes TEXT NOT NULL DEFAULT '[]',
  status TEXT NOT NULL CHECK (status IN ('open', 'coded', 'unsure', 'skipped')),
  note TEXT NOT NULL DEFAULT '',
  change INTEGER NOT NULL REFERENCES changes,
  PRIMARY KEY (statement, coder)
) WITHOUT ROWID;
CREATE INDEX codes_coder ON codes (coder, status, statement);
CREATE INDEX codes_of ON codes (coder, statement, status);
-- In an order that has nothing to do with how statements follow each other: squares modulo a prime, stirred.
CREATE INDEX codes_mixed ON codes (coder, status, (statement % 2147483647 * statement % 2147483647 * 1583458089 % 2147483647), statement);

CREATE TABLE coded_themes (
  coder TEXT NOT NULL,
  theme TEXT NOT NULL,
  statement INTEGER NOT NULL,
  PRIMARY KEY (coder, theme, statement)
) WITHOUT ROWID;
CREATE TRIGGER codes_come AFTER INSERT ON codes BEGIN
  INSERT OR IGNORE INTO coded_themes SELECT NEW.coder, value, NEW.statement FROM json_each(NEW.themes);
END;
CREATE TRIGGER codes_change AFTER UPDATE OF themes ON codes BEGIN
  DELETE FROM coded_themes WHERE coder = OLD.coder AND statement = OLD.statement AND theme IN (SELECT value FROM json_each(OLD.themes));
  INSERT OR IGNORE INTO coded_themes SELECT NEW.coder, value, NEW.statement FROM json_each(NEW.themes);
END;
CREATE TRIGGER codes_go AFTER DELETE ON codes BEGIN
  DELETE FROM coded_themes WHERE coder = OLD.coder AND statement = OLD.statement AND theme IN (SELECT value FROM json_each(OLD.themes));
END;

-- The schema of revision 0007, frozen: later revisions change it, this file never does.

CREATE TABLE IF NOT EXISTS installation (
  name VARCHAR(64) NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_installation PRIMARY KEY (name)
);

CREATE TABLE IF NOT EXISTS workspaces (
  id VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  language VARCHAR(8) NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_workspaces PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS apps (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  icon VARCHAR(64) NOT NULL,
  published_version INTEGER,
  mode VARCHAR(16) DEFAULT 'workflow' NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by VARCHAR(80) NOT NULL,
  deleted_at BIGINT,
  CONSTRAINT pk_apps PRIMARY KEY (id),
  CONSTRAINT fk_apps_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS datasets (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  zone VARCHAR(64) NOT NULL,
  label JSON NOT NULL,
  embedding_model VARCHAR(200) NOT NULL,
  sample BOOLEAN NOT NULL,
  index_version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT pk_datasets PRIMARY KEY (id),
  CONSTRAINT uq_datasets_workspace_id_name UNIQUE (workspace_id, name),
  CONSTRAINT fk_datasets_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS event_values (
  workspace_id VARCHAR(40) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_event_values PRIMARY KEY (workspace_id, digest),
  CONSTRAINT fk_event_values_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS graphs (
  workspace_id VARCHAR(40) NOT NULL,
  content VARCHAR(64) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  graph JSON NOT NULL,
  CONSTRAINT pk_graphs PRIMARY KEY (workspace_id, content),
  CONSTRAINT fk_graphs_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS policies (
  workspace_id VARCHAR(40) NOT NULL,
  document JSON NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by VARCHAR(80) NOT NULL,
  CONSTRAINT pk_policies PRIMARY KEY (workspace_id),
  CONSTRAINT fk_policies_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS providers (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  name VARCHAR(64) NOT NULL,
  base_url VARCHAR(2000) NOT NULL,
  zone VARCHAR(32) NOT NULL,
  models JSON NOT NULL,
  api_key BYTEA,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT pk_providers PRIMARY KEY (id),
  CONSTRAINT fk_providers_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS runs (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  app_id VARCHAR(40),
  app_name VARCHAR(200) NOT NULL,
  version INTEGER,
  content VARCHAR(64) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  idempotency_key VARCHAR(200),
  idempotency_hash VARCHAR(64),
  status VARCHAR(16) NOT NULL,
  inputs JSON NOT NULL,
  outputs JSON,
  citations JSON,
  error JSON,
  totals JSON,
  pause JSON,
  started_at BIGINT,
  ended_at BIGINT,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  owner VARCHAR(64),
  lease_until BIGINT,
  claims INTEGER NOT NULL,
  cancel_requested BOOLEAN NOT NULL,
  cancel_by VARCHAR(80),
  pause_requested BOOLEAN NOT NULL,
  wake_at BIGINT,
  kind VARCHAR(16) NOT NULL,
  parent_id VARCHAR(40),
  trigger_id VARCHAR(40),
  trigger_kind VARCHAR(16),
  trigger_name VARCHAR(80),
  conversation_id VARCHAR(40),
  replaced_by VARCHAR(40),
  conversation JSON,
  label JSON,
  CONSTRAINT pk_runs PRIMARY KEY (id),
  CONSTRAINT fk_runs_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS users (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  username VARCHAR(64) NOT NULL,
  login VARCHAR(64) NOT NULL,
  password_hash TEXT NOT NULL,
  role VARCHAR(16) NOT NULL,
  language VARCHAR(8) NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT pk_users PRIMARY KEY (id),
  CONSTRAINT fk_users_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT uq_users_login UNIQUE (login)
);

CREATE TABLE IF NOT EXISTS api_keys (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  prefix VARCHAR(16) NOT NULL,
  key_hash VARCHAR(64) NOT NULL,
  role VARCHAR(16) NOT NULL,
  created_by VARCHAR(40),
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  CONSTRAINT pk_api_keys PRIMARY KEY (id),
  CONSTRAINT fk_api_keys_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash),
  CONSTRAINT fk_api_keys_created_by FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL
);

CREATE TABLE IF NOT EXISTS app_versions (
  app_id VARCHAR(40) NOT NULL,
  number INTEGER NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  content VARCHAR(64) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  CONSTRAINT pk_app_versions PRIMARY KEY (app_id, number),
  CONSTRAINT fk_app_versions_workspace_id_content FOREIGN KEY(workspace_id, content) REFERENCES graphs (workspace_id, content),
  CONSTRAINT fk_app_versions_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE,
  CONSTRAINT fk_app_versions_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS conversations (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  app_id VARCHAR(40) NOT NULL,
  user_id VARCHAR(40) NOT NULL,
  title VARCHAR(200) NOT NULL,
  version VARCHAR(16) NOT NULL,
  last_turn VARCHAR(40),
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  CONSTRAINT pk_conversations PRIMARY KEY (id),
  CONSTRAINT fk_conversations_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT fk_conversations_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS documents (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  dataset_id VARCHAR(40) NOT NULL,
  name VARCHAR(255) NOT NULL,
  size INTEGER NOT NULL,
  media_type VARCHAR(120) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  paged BOOLEAN NOT NULL,
  pages INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  embedded INTEGER NOT NULL,
  error JSON,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  attempts INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  lease_until BIGINT,
  CONSTRAINT pk_documents PRIMARY KEY (id),
  CONSTRAINT fk_documents_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT fk_documents_dataset_id FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS drafts (
  app_id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  graph JSON NOT NULL,
  revision INTEGER NOT NULL,
  saved_at BIGINT NOT NULL,
  saved_by VARCHAR(80) NOT NULL,
  CONSTRAINT pk_drafts PRIMARY KEY (app_id),
  CONSTRAINT fk_drafts_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE,
  CONSTRAINT fk_drafts_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS evaluations (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  app_id VARCHAR(40) NOT NULL,
  app_name VARCHAR(200) NOT NULL,
  version INTEGER,
  trigger VARCHAR(16) NOT NULL,
  node VARCHAR(400),
  label JSON,
  status VARCHAR(16) NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  sums JSON,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  ended_at BIGINT,
  epoch INTEGER NOT NULL,
  lease_until BIGINT,
  stop_requested BOOLEAN NOT NULL,
  variants JSON NOT NULL,
  cases JSON NOT NULL,
  CONSTRAINT pk_evaluations PRIMARY KEY (id),
  CONSTRAINT fk_evaluations_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT fk_evaluations_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS events (
  run_id VARCHAR(40) NOT NULL,
  seq INTEGER NOT NULL,
  type VARCHAR(32) NOT NULL,
  node VARCHAR(400),
  at BIGINT NOT NULL,
  version INTEGER NOT NULL,
  data TEXT NOT NULL,
  CONSTRAINT pk_events PRIMARY KEY (run_id, seq),
  CONSTRAINT fk_events_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS feedback (
  run_id VARCHAR(40) NOT NULL,
  user_id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  vote VARCHAR(8) NOT NULL,
  comment TEXT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT pk_feedback PRIMARY KEY (run_id, user_id),
  CONSTRAINT fk_feedback_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
  CONSTRAINT fk_feedback_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS sessions (
  token_hash VARCHAR(64) NOT NULL,
  user_id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY (token_hash),
  CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_sessions_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS test_cases (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  app_id VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  inputs JSON NOT NULL,
  expect JSON NOT NULL,
  position INTEGER NOT NULL,
  size INTEGER NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by VARCHAR(80) NOT NULL,
  CONSTRAINT pk_test_cases PRIMARY KEY (id),
  CONSTRAINT fk_test_cases_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT fk_test_cases_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS triggers (
  id VARCHAR(40) NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  app_id VARCHAR(40) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  name VARCHAR(80) NOT NULL,
  enabled BOOLEAN NOT NULL,
  inputs JSON NOT NULL,
  cron VARCHAR(100),
  time_zone VARCHAR(64),
  missed VARCHAR(8),
  wake_at BIGINT,
  secret BYTEA,
  old_secret BYTEA,
  old_secret_until BIGINT,
  last_fired_at BIGINT,
  last_run_id VARCHAR(40),
  missed_at BIGINT,
  error JSON,
  failures INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by VARCHAR(80) NOT NULL,
  CONSTRAINT pk_triggers PRIMARY KEY (id),
  CONSTRAINT fk_triggers_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT fk_triggers_app_id FOREIGN KEY(app_id) REFERENCES apps (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS chunks (
  number BIGSERIAL NOT NULL,
  id VARCHAR(40) NOT NULL,
  dataset_id VARCHAR(40) NOT NULL,
  document_id VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  page INTEGER,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  heading TEXT NOT NULL,
  text TEXT NOT NULL,
  vector BYTEA,
  CONSTRAINT pk_chunks PRIMARY KEY (number),
  CONSTRAINT uq_chunks_document_id_position UNIQUE (document_id, position),
  CONSTRAINT uq_chunks_id UNIQUE (id),
  CONSTRAINT fk_chunks_dataset_id FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE,
  CONSTRAINT fk_chunks_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS chunk_words (number bigint PRIMARY KEY, dataset_id varchar(40) NOT NULL, length integer NOT NULL, words tsvector NOT NULL);

CREATE TABLE IF NOT EXISTS evaluation_cells (
  evaluation_id VARCHAR(40) NOT NULL,
  case_id VARCHAR(40) NOT NULL,
  variant INTEGER NOT NULL,
  workspace_id VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  state VARCHAR(16) NOT NULL,
  run_id VARCHAR(40),
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  ms INTEGER,
  models JSON NOT NULL,
  offline BOOLEAN NOT NULL,
  checks JSON NOT NULL,
  output TEXT NOT NULL,
  error JSON,
  CONSTRAINT pk_evaluation_cells PRIMARY KEY (evaluation_id, case_id, variant),
  CONSTRAINT fk_evaluation_cells_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluations (id) ON DELETE CASCADE,
  CONSTRAINT fk_evaluation_cells_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS pages (
  document_id VARCHAR(40) NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  width FLOAT NOT NULL,
  height FLOAT NOT NULL,
  headings JSON NOT NULL,
  CONSTRAINT pk_pages PRIMARY KEY (document_id, number),
  CONSTRAINT fk_pages_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS ix_apps_workspace_id_deleted_at_updated_at ON apps (workspace_id, deleted_at, updated_at);

CREATE UNIQUE INDEX IF NOT EXISTS ix_providers_workspace_id_name ON providers (workspace_id, name);

CREATE INDEX IF NOT EXISTS ix_runs_open ON runs (lease_until) WHERE status IN ('queued', 'running');

CREATE INDEX IF NOT EXISTS ix_runs_triggered ON runs (trigger_id, id) WHERE trigger_id IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_runs_turns ON runs (conversation_id, id) WHERE conversation_id IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_runs_wake ON runs (wake_at) WHERE status = 'paused' AND wake_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_runs_workspace_id_app_id_id ON runs (workspace_id, app_id, id);

CREATE INDEX IF NOT EXISTS ix_runs_workspace_id_id ON runs (workspace_id, id);

CREATE INDEX IF NOT EXISTS ix_runs_workspace_id_status_id ON runs (workspace_id, status, id);

CREATE UNIQUE INDEX IF NOT EXISTS uq_runs_idempotency ON runs (workspace_id, idempotency_key);

CREATE INDEX IF NOT EXISTS ix_users_workspace_id ON users (workspace_id);

CREATE INDEX IF NOT EXISTS ix_api_keys_workspace_id ON api_keys (workspace_id);

CREATE INDEX IF NOT EXISTS ix_conversations_workspace_id_app_id_user_id_updated_at ON conversations (workspace_id, app_id, user_id, updated_at);

CREATE INDEX IF NOT EXISTS ix_documents_dataset_id_created_at ON documents (dataset_id, created_at);

CREATE INDEX IF NOT EXISTS ix_documents_waiting ON documents (lease_until) WHERE status NOT IN ('ready', 'failed');

CREATE INDEX IF NOT EXISTS ix_evaluations_open ON evaluations (id) WHERE status IN ('running', 'paused');

CREATE INDEX IF NOT EXISTS ix_evaluations_workspace_id_app_id_created_at ON evaluations (workspace_id, app_id, created_at);

CREATE UNIQUE INDEX IF NOT EXISTS uq_events_one_end ON events (run_id) WHERE type IN ('run.succeeded', 'run.failed', 'run.cancelled');

CREATE INDEX IF NOT EXISTS ix_sessions_expires_at ON sessions (expires_at);

CREATE INDEX IF NOT EXISTS ix_sessions_user_id ON sessions (user_id);

CREATE INDEX IF NOT EXISTS ix_test_cases_workspace_id_app_id_position ON test_cases (workspace_id, app_id, position);

CREATE INDEX IF NOT EXISTS ix_triggers_wake ON triggers (wake_at) WHERE wake_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_triggers_workspace_id_app_id_created_at ON triggers (workspace_id, app_id, created_at);

CREATE INDEX IF NOT EXISTS ix_chunks_dataset_id ON chunks (dataset_id);

CREATE INDEX IF NOT EXISTS ix_chunk_words_words ON chunk_words USING gin (words);

CREATE INDEX IF NOT EXISTS ix_chunk_words_dataset_id ON chunk_words (dataset_id, length);

CREATE INDEX IF NOT EXISTS ix_evaluation_cells_paused ON evaluation_cells (evaluation_id) WHERE state = 'paused';

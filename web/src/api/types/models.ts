/** Models, providers, policy. */
import type { Text } from '@/i18n';
import type { Problem } from './graph';

export interface Model {
  name: string;
  provider: string;
  kind: 'chat' | 'embedding';
  zone: string;
  offline: boolean;
  label: Text;
}

export interface Models {
  items: Model[];
  default_chat: string | null;
  default_embedding: string | null;
}

/** Prices are of a million tokens; none where nobody said one. */
export interface ServedModel {
  name: string;
  kind: 'chat' | 'embedding';
  input_price: number | null;
  output_price: number | null;
}

export interface Provider {
  id: string;
  name: string;
  base_url: string;
  zone: string;
  models: ServedModel[];
  has_key: boolean;
  created_at: number;
}

export interface ProviderTest {
  ok: boolean;
  ms: number;
  models: string[];
  error: { code: string; message: Text } | null;
}

export interface PolicyRule {
  from: string;
  to: string;
  /** Null: nothing goes. */
  up_to: string | null;
  tags: string[];
  redact: { kind: string; operator: string }[];
}

/** From the lowest up; `titles`: what people call them. */
export interface Levels {
  levels: string[];
  titles: Record<string, string>;
}

export interface Policy extends Levels {
  zones: { name: string; description: string }[];
  rules: PolicyRule[];
  leaves_up_to: string;
  destination: { zone: string };
  subject: { zone: string; label: { level: string; tags: string[] } };
}

/** What a policy would mean: published apps that it refuses, `others` that the asker may not see, what it does not know. */
export interface PolicyEffects {
  apps: { app_id: string; name: string; version: number; problems: Problem[] }[];
  others: number;
  unknown: { kind: 'dataset' | 'model' | 'instance'; name: string; what: 'level' | 'zone'; value: string }[];
}

/** Who may what: roles, groups, invitations, sign-in by others' directories, who an app or a dataset is shared with. */
import type { Text } from '@/i18n';
import type { RoleId } from './account';

export interface Role {
  id: RoleId;
  name: string;
  builtin: boolean;
  permissions: string[];
  /** How many people have it. */
  members: number;
}

export interface Permission {
  name: string;
  group: string;
  title: Text;
  about: Text;
}

export interface Group {
  id: string;
  name: string;
  /** What its members may do in addition to their own role. */
  role: RoleId | null;
  members: string[];
  created_at: number;
}

/** A role or a group that an approval can ask; `mine`: whoever is signed in has it, or is in it. */
export interface Approver {
  id: string;
  name: string;
  kind: 'role' | 'group';
  mine: boolean;
}

export interface Invitation {
  id: string;
  name: string;
  email: string | null;
  role: RoleId;
  role_name: string;
  groups: string[];
  created_by_name: string;
  created_at: number;
  expires_at: number;
}

/** What an invited person sees before there is an account. */
export interface InvitationOffer {
  workspace_name: string;
  name: string;
  role_name: string;
  /** Set where it is not for a new account but for a new password of this one. */
  username: string | null;
  expires_at: number;
}

/** One browser that is signed in. */
export interface SignedIn {
  id: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
  address: string;
  agent: string;
  current: boolean;
}

/** What an authenticator app has to know. `matrix`: the rows of the QR code, `1` dark. */
export interface SecondFactorBegun {
  secret: string;
  uri: string;
  matrix: string[];
}

/** The ways to sign in that this installation has. */
export interface SignInWays {
  password: boolean;
  sso: { id: string; name: string }[];
}

export interface SsoMapping {
  value: string;
  role: RoleId | null;
  group_id: string | null;
}

export interface SsoProvider {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  has_secret: boolean;
  scopes: string[];
  group_claim: string;
  mappings: SsoMapping[];
  /** For those whom no mapping fits; null: they may not sign in. */
  default_role: RoleId | null;
  enabled: boolean;
  redirect_uri: string;
}

/** With what one's own account is linked, and with what it could be. */
export interface SsoLink {
  linked: boolean;
  provider: string | null;
  choices: SignInWays['sso'];
}

export interface SsoTest {
  ok: boolean;
  issuer: string;
  problems: { code: string; message: Text }[];
}

export type AccessLevel = 'use' | 'edit';

export interface Grant {
  kind: 'user' | 'group';
  id: string;
  name?: string;
  level: AccessLevel;
}

/** `open`: roles alone decide. Otherwise only those who are named, and owners and administrators. */
export interface Access {
  open: boolean;
  grants: Grant[];
}

/** Whom the workspace asks for a code beside the password. */
export interface Security {
  second_factor_required: 'nobody' | 'admins' | 'everybody';
  /** A password lets in owners only. */
  sso_required: boolean;
}

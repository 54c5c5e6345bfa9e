// A real OpenID Provider for the tests: `node provider.mjs PORT CLIENT_REDIRECT_URI`. Accounts are any name; who is
// called "name.group" is in that group. A browser gets its pages for signing in and consent; a request that says as whom gives both.
const { Provider } = await import(new URL('../../web/node_modules/oidc-provider/lib/index.js', import.meta.url));

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'atoll', client_secret: 'client-secret-for-tests', redirect_uris: [redirectUri] }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
  cookies: { keys: ['tests'] },
  ttl: { Interaction: 60, Session: 60, Grant: 60, AccessToken: 60, IdToken: 60 },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id.split('.')[0],
      groups: id.split('.').slice(1),
      email: `${id.split('.')[0]}@example.com`,
      email_verified: true,
    }),
  }),
});

// GET /interaction/UID?as=ann.builders signs in and consents to what was asked.
provider.use(async (ctx, next) => {
  if (!ctx.query.as) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const grant = new provider.Grant({ accountId: ctx.query.as, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: ctx.query.as }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));

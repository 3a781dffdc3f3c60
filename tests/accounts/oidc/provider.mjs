// A certified OpenID provider for the tests: node provider.mjs PORT CLIENT_REDIRECT LOGOUT_ADDRESS SIGN_OUT_RETURN
// Sign-in by POST /test-sign-in with uid and sub: what a person would click through, without pages to click.
import { Provider } from "oidc-provider";

const [port, redirect, backchannel, signedOut] = process.argv.slice(2);
const people = {
  kern: { name: "Vera Kern", preferred_username: "kern", groups: ["staff", "wfm-supervisor"] },
  burg: { name: "Kim Burgdorf", preferred_username: "burg", realm_access: { roles: ["partner-burgdorf"] } },
  fremd: { name: "Niemand", preferred_username: "fremd", groups: ["staff"] },
  doppelt: { name: "Doppelt", preferred_username: "lokal", groups: ["wfm-supervisor"] },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "wfm",
      client_secret: "a secret for tests only",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [signedOut],
      backchannel_logout_uri: backchannel,
      backchannel_logout_session_required: true,
    },
  ],
  claims: { openid: ["sub", "groups", "realm_access"], profile: ["name", "preferred_username"], email: ["email"] },
  conformIdTokenClaims: process.env.CLAIMS_BY_USERINFO === "yes",
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
  pkce: { required: () => true },
  findAccount: (_, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["for tests only"] },
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
});

// The wish of whoever signs in next: which account.
let next = "kern";
provider.use(async (context, go) => {
  if (context.path === "/test/next") {
    next = context.query.sub;
    context.body = next;
    return;
  }
  if (context.path.startsWith("/interaction/")) {
    const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
    let result;
    if (next === "refuse") {
      result = { error: "access_denied", error_description: "refused" };
    } else if (prompt.name === "login") {
      result = { login: { accountId: next } };
    } else {
      const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope("openid profile email");
      result = { consent: { grantId: await grant.save() } };
    }
    await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: prompt.name !== "login" });
    return;
  }
  await go();
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));

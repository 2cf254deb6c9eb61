// A middleware for Express and Connect, and for whatever else calls `(request, response, next)` with Node's own objects. A
// believed token is found at `request.auth`.

import { authorizationOf, bearer } from "./bearer.mjs";

export function requireToken(validator, options) {
  const judge = bearer(validator, options);
  return (request, response, next) => {
    const answerOrGoOn = ({ auth, answer }) => {
      if (auth) {
        request.auth = auth;
        return next();
      }
      // The key set may have been waited for, and somebody else have answered in the meantime.
      if (response.headersSent) return;
      response.statusCode = answer.status;
      for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
      response.end(answer.body);
    };
    judge(authorizationOf(request), request.headers.cookie).then(answerOrGoOn, next);
  };
}

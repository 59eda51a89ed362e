// node receiver.cjs: a merchant's server. Prints its port, then one line of JSON for each webhook that came.
//   POST /hooks/{name}           a webhook; verified with the secret of that name
//   PUT  /hooks/{name}           how the name answers from now on: { "secret", "status", "delay_ms", "location" }, each kept until changed
const http = require('node:http');
const { Webhook } = require('standardwebhooks');

const hooks = new Map();
const hook = name => {
  if (!hooks.has(name)) hooks.set(name, { secret: null, status: 204, delay_ms: 0, location: null, seen: 0 });
  return hooks.get(name);
};

const read = async request => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

function verify(secret, body, headers) {
  try {
    return { verified: true, event: new Webhook(secret).verify(body, headers) };
  } catch (error) {
    return { verified: false, error: error.message };
  }
}

const server = http.createServer(async (request, response) => {
  const name = request.url.split('/')[2];
  const body = await read(request);
  const behaviour = hook(name);
  if (request.method === 'PUT') {
    Object.assign(behaviour, JSON.parse(body.toString('utf8')));
    response.writeHead(204).end();
    return;
  }

  behaviour.seen++;
  const { status, delay_ms, location, secret } = behaviour;
  console.log(JSON.stringify({
    name,
    method: request.method,
    path: request.url,
    at: Date.now(),
    headers: request.headers,
    body: body.toString('base64'),
    ...verify(secret ?? 'whsec_bm9uZQ==', body.toString('utf8'), request.headers),
  }));
  if (delay_ms > 0) await new Promise(resolve => setTimeout(resolve, delay_ms));
  response.writeHead(status, location ? { location } : {}).end(status === 204 ? undefined : `answered ${status} `.repeat(1000));
});

process.stdin.resume().on('end', () => process.exit());   // whoever started it is gone
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));

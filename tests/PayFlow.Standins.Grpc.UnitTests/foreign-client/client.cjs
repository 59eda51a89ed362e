// node client.cjs <host:port> <echo.proto>: makes one call of each kind and prints what it saw as one JSON document.
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, proto] = process.argv.slice(2);
const { Echo } = grpc.loadPackageDefinition(loader.loadSync(proto, { longs: String })).payflow.standins.grpc.v1;
const connect = options => new Echo(address, grpc.credentials.createInsecure(), options);
const client = connect({});

const text = metadata => Object.fromEntries(Object.entries(metadata.getMap()).map(([key, value]) => [key, Buffer.isBuffer(value) ? value.toString('hex') : value]));
const problem = error => ({ code: error.code, details: error.details, trailers: text(error.metadata) });
const read = stream => new Promise((resolve, reject) => {
  const values = [];
  stream.on('data', reply => values.push(reply.text)).on('end', () => resolve(values)).on('error', reject);
});

function unary(request, { on = client, headers = {}, deadline } = {}) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return new Promise(resolve => {
    const seen = {};
    const call = on.unary(request, metadata, { deadline }, (error, reply) => {
      Object.assign(seen, error ? { error: problem(error) } : { text: reply.text });
      if (error) resolve(seen);
    });
    call.on('metadata', metadata => { seen.headers = text(metadata); });
    call.on('status', status => { seen.trailers = text(status.metadata); seen.code = status.code; resolve(seen); });
  });
}

function clientStream(texts) {
  return new Promise((resolve, reject) => {
    const call = client.clientStream((error, reply) => error ? reject(error) : resolve(reply.text));
    for (const text of texts) call.write({ text });
    call.end();
  });
}

async function duplex(texts) {
  const call = client.duplex();
  const all = read(call);
  for (const text of texts) call.write({ text });
  call.end();
  return all;
}

function cancelled() {
  return new Promise(resolve => {
    const call = client.serverStream({ text: 'endless', count: 2000000000 });
    let count = 0;
    call.on('data', () => { if (++count === 3) call.cancel(); });
    call.on('error', error => resolve(error.code));
  });
}

async function main() {
  const long = 'compressible '.repeat(20000);
  const gzip = connect({ 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
  const compressed = await unary({ text: long }, { on: gzip });
  console.log(JSON.stringify({
    unary: await unary({ text: 'hello' }, { headers: { 'x-text': 'plain', 'x-bytes-bin': Buffer.from([0, 255, 1]) } }),
    refused: await unary({ text: 'refuse' }),
    broken: await unary({ text: 'throw' }),
    late: await unary({ text: 'sleep' }, { deadline: Date.now() + 300 }),
    serverStream: await read(client.serverStream({ text: 's', count: 1000 })),
    clientStream: await clientStream(['a', 'b', 'c']),
    duplex: await duplex(['x', 'y', 'z']),
    cancelled: await cancelled(),
    compressed: { same: compressed.text === long, requestEncoding: compressed.trailers['x-request-encoding'] },
  }));
  client.close();
  gzip.close();
}

main().catch(error => { console.error(error); process.exit(1); });

// Another process that watches a run: prints each event on a line, then the code that the socket closed with.
const [url] = process.argv.slice(2);
const socket = new WebSocket(url);
socket.onmessage = ({ data }) => console.log(data);
socket.onclose = ({ code }) => console.log(JSON.stringify({ code }));

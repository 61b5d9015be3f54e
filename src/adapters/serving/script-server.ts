/** Name of the file under which the server of scripts is written beside a server's log. */
export const SCRIPT_SERVER_FILE = "serve_script.py"

/**
 * The server of a model by the functions of a script, after the contract of SageMaker's inference toolkit: `model_fn`, then
 * either `transform_fn` or `input_fn`, `predict_fn` and `output_fn`, each with or without a context as its last argument.
 * Defaults as the toolkit's: NumPy where there is one, lists else. Python's own library alone.
 */
export const SCRIPT_SERVER = String.raw`import csv, importlib.util, inspect, io, json, os, signal, sys, threading, traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import numpy
except ImportError:
    numpy = None

MODEL_DIR = os.environ.get("SM_MODEL_DIR", "/opt/ml/model")
UTF8 = ("application/json", "application/jsonlines", "text/csv")


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def as_array(value):
    return value if numpy is None else numpy.array(value)


def default_model_fn(model_dir):
    raise NotImplementedError("the script has no model_fn(model_dir)")


def default_input_fn(data, content_type):
    if content_type == "application/json":
        return as_array(json.loads(data))
    if content_type == "text/csv":
        return as_array([[float(cell) for cell in row] for row in csv.reader(io.StringIO(data)) if row])
    if content_type == "application/x-npy" and numpy is not None:
        return numpy.load(io.BytesIO(data), allow_pickle=False)
    raise Refused(415, "without an input_fn the content type %s is not read" % content_type)


def default_predict_fn(data, model):
    if hasattr(model, "predict"):
        return model.predict(data)
    if callable(model):
        return model(data)
    raise NotImplementedError("the script has no predict_fn(data, model), and its model can neither predict nor be called")


def default_output_fn(prediction, accept):
    value = plain(prediction)
    if accept == "application/json":
        return json.dumps(value)
    if accept == "text/csv":
        text = io.StringIO()
        rows = value if isinstance(value, list) else [value]
        csv.writer(text, lineterminator="\n").writerows(row if isinstance(row, list) else [row] for row in rows)
        return text.getvalue()
    if accept == "application/x-npy" and numpy is not None:
        body = io.BytesIO()
        numpy.save(body, numpy.array(prediction))
        return body.getvalue()
    raise Refused(406, "without an output_fn there is no answer as %s" % accept)


def call(function, *arguments):
    if len(inspect.signature(function).parameters) == len(arguments) + 1:
        return function(*arguments, None)
    return function(*arguments)


class Script:
    def __init__(self, path):
        folder = os.path.dirname(path)
        # The script's own folder, then the code that the artifact brings.
        for each in (os.path.join(MODEL_DIR, "code"), folder):
            if each not in sys.path:
                sys.path.insert(0, each)
        name = os.path.splitext(os.path.basename(path))[0]
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        own = lambda name: getattr(module, name, None)
        parts = [each for each in ("input_fn", "predict_fn", "output_fn") if own(each)]
        if own("transform_fn") and parts:
            raise ValueError("the script has transform_fn and " + ", ".join(parts) + ": use one way or the other")
        self.input_fn = own("input_fn") or default_input_fn
        self.predict_fn = own("predict_fn") or default_predict_fn
        self.output_fn = own("output_fn") or default_output_fn
        self.transform_fn = own("transform_fn")
        self.model = call(own("model_fn") or default_model_fn, MODEL_DIR)
        self.lock = threading.Lock()

    def answer(self, body, content_type, accept):
        data = body.decode("utf-8") if content_type in UTF8 else body
        # A model is used by one request at a time, as each worker of the toolkit does.
        with self.lock:
            if self.transform_fn:
                result = call(self.transform_fn, self.model, data, content_type, accept)
            else:
                prediction = call(self.predict_fn, call(self.input_fn, data, content_type), self.model)
                result = call(self.output_fn, prediction, accept)
        text, kind = result if isinstance(result, tuple) else (result, accept)
        return text.encode("utf-8") if isinstance(text, str) else bytes(text), kind


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script = None

    def reply(self, status, body=b"", kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(200 if self.path == "/ping" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/invocations":
            return self.reply(404)
        content_type = (self.headers.get("Content-Type") or "application/json").split(";")[0].strip()
        accept = (self.headers.get("Accept") or "*/*").strip()
        if accept == "*/*":
            accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
        try:
            self.reply(200, *self.script.answer(body, content_type, accept))
        except Refused as error:
            self.reply(error.status, str(error).encode("utf-8"))
        except Exception as error:
            traceback.print_exc()
            self.reply(500, ("%s: %s" % (type(error).__name__, error)).encode("utf-8"))

    def log_message(self, *arguments):
        pass


def end(*_):
    os._exit(0)


signal.signal(signal.SIGTERM, end)
Handler.script = Script(sys.argv[1])
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))), Handler)
server.daemon_threads = True
server.serve_forever()
`

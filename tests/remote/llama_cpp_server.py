"""llama.cpp's own server with a model: prints where it listens.

  llama_cpp_server.py MODEL PORT
"""

import sys
import threading

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(sys.argv[2])
parameters.n_ctx = 4096
parameters.n_parallel = 2
parameters.endpoint_slots = True  # Which say whether anything is being generated.
# Several would wait for each other in vain where the machine is busy with others.
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
threading.Event().wait()

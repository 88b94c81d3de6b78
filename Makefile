# Whatever runs first builds .venv; the command is then .venv/bin/care.
.PHONY: demo demo-region run test check lab lab-stop bench soak venv
.DEFAULT_GOAL := check
LAB ?= var/lab

demo:     ; @tools/demo.sh
demo-region: ; @tools/demo_region.sh
run:      ; @tools/venv.sh runtime && exec .venv/bin/care serve
test:     ; @tools/test.sh
check:    ; @tools/check.sh
lab:      ; @tools/packages.sh && tools/venv.sh runtime && exec .venv/bin/python -m tests.lab start --dir $(LAB)
lab-stop: ; @exec .venv/bin/python -m tests.lab stop --dir $(LAB)
bench:    ; @tools/packages.sh && tools/venv.sh dev && exec .venv/bin/python -m bench
soak:     ; @tools/packages.sh && tools/venv.sh dev && exec .venv/bin/python -m bench.soak
venv:     ; @tools/venv.sh dev

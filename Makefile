.PHONY: demo run test check lab lab-stop bench soak venv
venv: ; @tools/venv.sh dev
check: venv ; @tools/check.sh

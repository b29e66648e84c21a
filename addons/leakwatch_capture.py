"""Record and analyse with leakwatch: mitmdump -s leakwatch_capture.py --set leakwatch_device=phone.yaml"""

from leakwatch.capture.addon import LeakwatchCapture

addons = [LeakwatchCapture()]

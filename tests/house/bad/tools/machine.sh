#!/bin/sh
# Lists one machine's own folder.
# SPDX-License-Identifier: MIT
ls /home/somebody/models

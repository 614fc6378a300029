// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once
// LibTorch's header of its Gloo backend names types of Gloo, whose headers LibTorch does not bring. These name as much
// of them as that header needs, and are seen by world.cpp alone, which makes and looks into none of them.

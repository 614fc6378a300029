// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/launchers.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "treewalk/cloud.h"

namespace treewalk {
namespace {

/// A variable that must be a whole number from 0.
int number_of(const Environment& environment, const std::string& name, const std::string& needed_by) {
  const auto text = environment(name);
  if (!text) throw Error(needed_by + " is set, but " + name + " is not; a process needs both to know the others");
  int number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number < 0)
    throw Error(name + " must be a whole number from 0, but is \"" + *text + "\"");
  return number;
}

/// Rank and size by these two variables; nothing where neither is set.
std::optional<WorldOptions> ranks_of(const Environment& environment, const std::string& rank, const std::string& size) {
  const bool has_rank = environment(rank).has_value();
  if (!has_rank && !environment(size)) return std::nullopt;
  WorldOptions world;
  world.rank = number_of(environment, rank, size);
  world.size = number_of(environment, size, rank);
  if (world.size < 1) throw Error(size + " must be at least 1, but is 0");
  if (world.rank >= world.size)
    throw Error(rank + " is " + std::to_string(world.rank) + ", but " + size + " " + std::to_string(world.size) +
                " has ranks 0 to " + std::to_string(world.size - 1));
  return world;
}

/// Meets on the launcher's own word, which is asked for only where it is needed.
void meet(WorldOptions& world, const std::string& rendezvous, const std::function<std::string()>& launchers) {
  if (world.size > 1) world.rendezvous = rendezvous.empty() ? launchers() : rendezvous;
}

/// The same port for all processes of a run, and most often another one for another run; below those that systems give
/// out by themselves.
int port_of(const std::string& run) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : run) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return 10000 + static_cast<int>(hash % 20000);
}

std::string with_port(const std::string& host, int port) { return host + ":" + std::to_string(port); }

/// MASTER_ADDR and MASTER_PORT, if both are set. missing: what to say where only one is, or none.
std::string master_of(const Environment& environment, const std::string& missing) {
  const auto host = environment("MASTER_ADDR"), port = environment("MASTER_PORT");
  if (host && port) return (host->find(':') == std::string::npos ? *host : "[" + *host + "]") + ":" + *port;
  if (host) throw Error("MASTER_ADDR is set, but MASTER_PORT is not; set both, or say where to meet (--rendezvous)");
  if (port) throw Error("MASTER_PORT is set, but MASTER_ADDR is not; set both, or say where to meet (--rendezvous)");
  throw Error(missing + "; set MASTER_ADDR and MASTER_PORT, or say where to meet (--rendezvous HOST:PORT or a folder)");
}

WorldOptions torchruns(WorldOptions world, const Environment& environment, const std::string& rendezvous) {
  world.run =
      environment("TORCHELASTIC_RUN_ID").value_or("") + "/" + environment("TORCHELASTIC_RESTART_COUNT").value_or("");
  meet(world, rendezvous, [&] {
    world.hosted = environment("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
    return master_of(environment, "RANK and WORLD_SIZE do not say where the processes meet");
  });
  return world;
}

WorldOptions mpiruns(WorldOptions world, const Environment& environment, const std::string& rendezvous) {
  world.run = "mpirun " + environment("PMIX_NAMESPACE").value_or(environment("OMPI_MCA_ess_base_jobid").value_or(""));
  meet(world, rendezvous, [&]() -> std::string {
    if (environment("MASTER_ADDR") || environment("MASTER_PORT")) return master_of(environment, "");
    if (environment("OMPI_COMM_WORLD_LOCAL_SIZE") == environment("OMPI_COMM_WORLD_SIZE"))
      return with_port("127.0.0.1", port_of(world.run));
    return master_of(environment, "mpirun starts processes on several machines and does not say where they meet");
  });
  return world;
}

WorldOptions sruns(WorldOptions world, const Environment& environment, const std::string& rendezvous) {
  world.run = "srun " + environment("SLURM_JOB_ID").value_or("") + "." + environment("SLURM_STEP_ID").value_or("");
  meet(world, rendezvous, [&]() -> std::string {
    if (environment("MASTER_ADDR") || environment("MASTER_PORT")) return master_of(environment, "");
    const auto nodes = environment("SLURM_STEP_NODELIST");
    if (!nodes) return master_of(environment, "SLURM_STEP_NODELIST is not set");
    return with_port(first_host(*nodes), port_of(world.run));
  });
  return world;
}

}  // namespace

std::string first_host(const std::string& list) {
  const auto bracket = list.find_first_of("[,");
  std::string host = list.substr(0, bracket);
  if (bracket != std::string::npos && list[bracket] == '[') {
    const auto end = list.find_first_of("-,]", bracket);
    if (end == std::string::npos) throw Error("\"" + list + "\" is no list of hosts as Slurm writes it");
    host += list.substr(bracket + 1, end - bracket - 1);
    const auto close = list.find(']', bracket);  // "rack1[0-3]-ib": what follows belongs to the name
    const auto next = std::min(list.find(',', close), list.size());
    host += list.substr(close + 1, next - close - 1);
  }
  if (host.empty()) throw Error("\"" + list + "\" is no list of hosts as Slurm writes it");
  return host;
}

WorldOptions world_of(const Environment& environment, const std::string& rendezvous) {
  if (const auto world = ranks_of(environment, "RANK", "WORLD_SIZE")) return torchruns(*world, environment, rendezvous);
  if (const auto world = ranks_of(environment, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"))
    return mpiruns(*world, environment, rendezvous);
  // In a script of sbatch SLURM_PROCID is set too, but it is no process of a step.
  if (environment("SLURM_STEP_NUM_TASKS"))
    if (const auto world = ranks_of(environment, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"))
      return sruns(*world, environment, rendezvous);
  if (!rendezvous.empty())
    throw Error("there is a place to meet (" + rendezvous +
                "), but nobody to meet: set RANK and WORLD_SIZE, or start with torchrun, mpirun or srun");
  return {};
}

WorldOptions world_of_environment(const std::string& rendezvous) {
  return world_of(
      [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (!value || *value == '\0') return std::nullopt;
        return value;
      },
      rendezvous);
}

}  // namespace treewalk

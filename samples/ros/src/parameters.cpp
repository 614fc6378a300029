// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "parameters.h"

namespace treewalk_ros {
namespace {

template <class Value>
void read(const ros::NodeHandle& node, const std::string& name, const char* type, Value& value) {
  if (node.hasParam(name) && !node.getParam(name, value))
    throw treewalk::Error("the parameter " + node.resolveName(name) + " is not " + type);
}

/// What stands between commas, less spaces and the brackets of a list.
std::vector<std::string> split(std::string text) {
  if (text.size() > 1 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    const std::size_t first = text.find_first_not_of(' ', from);
    if (first < to) parts.push_back(text.substr(first, text.find_last_not_of(' ', to - 1) - first + 1));
    from = to + 1;
  }
  return parts;
}

std::vector<std::string> read_classes(const ros::NodeHandle& node) {
  XmlRpc::XmlRpcValue value;
  if (!node.getParam("classes", value)) return {};
  if (value.getType() == XmlRpc::XmlRpcValue::TypeInt) return {std::to_string(static_cast<int>(value))};
  if (value.getType() == XmlRpc::XmlRpcValue::TypeString) return split(static_cast<std::string>(value));
  std::vector<std::string> classes;
  const int size = value.getType() == XmlRpc::XmlRpcValue::TypeArray ? value.size() : -1;
  for (int i = 0; i < size; ++i) {
    if (value[i].getType() == XmlRpc::XmlRpcValue::TypeString)
      classes.push_back(static_cast<std::string>(value[i]));
    else if (value[i].getType() == XmlRpc::XmlRpcValue::TypeInt)
      classes.push_back(std::to_string(static_cast<int>(value[i])));
  }
  if (size != static_cast<int>(classes.size()))
    throw treewalk::Error("the parameter " + node.resolveName("classes") + " is not a list of names or ids");
  return classes;
}

}  // namespace

Settings read_settings(const ros::NodeHandle& node) {
  Settings settings;
  read(node, "model", "text", settings.model);
  settings.classes = read_classes(node);
  read(node, "negative", "true or false", settings.negative);
  read(node, "min_confidence", "a number", settings.min_confidence);
  read(node, "category", "text", settings.category);
  read(node, "device", "text", settings.device);
  read(node, "threads", "a whole number", settings.threads);
  read(node, "memory", "a whole number", settings.memory);
  return settings;
}

}  // namespace treewalk_ros
